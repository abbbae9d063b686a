import { describe, expect, test } from "vitest";
import { passwordWeakness } from "./password-weakness.ts";

const ana = { email: "ana.silva@example.com", name: "Ana Silva" };

describe("passwords that would be guessed first", () => {
  test.each([
    ["password1234", "common"],
    ["Password2026!", "common"],
    ["P@ssw0rd1234!", "common"],
    ["qwertyuiop12", "common"],
    ["iloveyouforever", "common"],
    ["administrator", "common"],
    ["WELCOME123456", "common"],
    ["letmein!!!!!!", "common"],
    ["monkeydragonmaster", "common"],
    ["iloveyou1990", "common"],
    ["zaq12wsxcde3", "common"],
    ["holdfast-2026", "common"],
    ["drowssap1234", "common"],
    ["aaaaaaaaaaaa", "repetitive"],
    ["abababababab", "repetitive"],
    ["112211221122", "repetitive"],
    ["hunter2hunter2", "repetitive"],
    ["abcdefghijklm", "sequential"],
    ["987654321098", "sequential"],
    ["ana.silva@example.com", "contains-email"],
    ["my-ANA.SILVA-secret", "contains-email"],
    ["xx ana.silva xx", "contains-email"],
    ["example.com1", "contains-email"],
    ["ana silva 1984", "contains-name"],
    ["Silva12345678", "contains-name"],
  ])("refuses %s as %s", (password, reason) => {
    expect(passwordWeakness(password, ana)).toBe(reason);
  });
});

describe("other passwords", () => {
  test.each([
    "correct horse battery staple",
    "velvet-orbit-42-canyon",
    "Tr7#mq9!Lx2p",
    "o gato dorme no telhado",
    "пароль из слов и цифр 7",
    "夜は短し歩けよ乙女たち",
    `${"x7!".repeat(5)}velvet orbit canyon`,
    `${"a".repeat(30)}velvet orbit canyon 42`,
  ])("accepts %s", (password) => {
    expect(passwordWeakness(password, ana)).toBeUndefined();
  });

  test("a short name before the @ refuses no password that merely contains it", () => {
    expect(passwordWeakness("banana-velvet-42", { email: "ana@example.com", name: "Ana" })).toBeUndefined();
  });

  test("the same password is weak for whom it names alone", () => {
    expect(passwordWeakness("Rumpelstiltskin1", { email: "a@b.example", name: "Rumpelstiltskin" })).toBe(
      "contains-name",
    );
  });
});

test.each([
  ["one character", "a".repeat(256)],
  ["a word", "password".repeat(32)],
  ["signs that read as letters", "@4310!$57".repeat(28)],
  ["every kind of sign", "Aa1@".repeat(64)],
  [
    "nothing known",
    Array.from({ length: 256 }, (_, at) => String.fromCodePoint(33 + ((at * 37) % 90))).join(""),
  ],
])("256 characters of %s are judged within half a second", (_, password) => {
  const owner = { email: `${"e".repeat(240)}@example.com`, name: "A name of words ".repeat(12) };
  const before = process.threadCpuUsage();
  passwordWeakness(password, owner);
  // What the machine does meanwhile does not count.
  const { user, system } = process.threadCpuUsage(before);
  expect((user + system) / 1_000).toBeLessThan(500);
});
