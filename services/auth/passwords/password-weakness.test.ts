import { describe, expect, test } from "vitest";
import { passwordWeakness } from "./password-weakness.ts";

const email = "ana.silva@example.com";

describe("passwords that would be guessed first", () => {
  test.each([
    "password1234",
    "Password2026!",
    "P@ssw0rd1234!",
    "qwertyuiop12",
    "iloveyouforever",
    "administrator",
    "WELCOME123456",
    "letmein!!!!!!",
  ])("refuses %s as common", (password) => {
    expect(passwordWeakness(password, email)).toBe("common");
  });

  test.each(["aaaaaaaaaaaa", "abababababab", "112211221122"])("refuses %s as repetitive", (password) => {
    expect(passwordWeakness(password, email)).toBe("repetitive");
  });

  test.each(["123456789012", "abcdefghijklm", "987654321098", "qwertyasdfgh1"])("refuses %s", (password) => {
    expect(["sequential", "common"]).toContain(passwordWeakness(password, email));
  });

  test.each(["ana.silva@example.com", "my-ANA.SILVA-secret", "xx ana.silva xx"])(
    "refuses %s, which contains the e-mail address",
    (password) => {
      expect(passwordWeakness(password, email)).toBe("contains-email");
    },
  );
});

describe("other passwords", () => {
  test.each([
    "correct horse battery staple",
    "velvet-orbit-42-canyon",
    "Tr7#mq9!Lx2p",
    "o gato dorme no telhado",
    "пароль из слов и цифр 7",
  ])("accepts %s", (password) => {
    expect(passwordWeakness(password, email)).toBeUndefined();
  });

  test("a short name before the @ refuses no password that merely contains it", () => {
    expect(passwordWeakness("banana-velvet-42", "ana@example.com")).toBeUndefined();
  });
});
