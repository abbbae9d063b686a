import { expect, test } from "vitest";
import { deriveKey, seal, unseal } from "./sealing.ts";

const secret = "a-secret-of-at-least-32-characters!";
const key = deriveKey(secret, "signing-keys");
const plain = Buffer.from("the private half");

test("what was sealed opens with the same key and label", () => {
  expect(unseal(key, seal(key, plain, "kid-1"), "kid-1")).toEqual(plain);
});

test("the sealed form shows nothing of the content and differs each time", () => {
  const sealed = seal(key, plain, "kid-1");
  expect(sealed.includes(plain)).toBe(false);
  expect(seal(key, plain, "kid-1")).not.toEqual(sealed);
});

test("refuses another key, another label, and any changed byte", () => {
  const sealed = seal(key, plain, "kid-1");
  expect(() => unseal(deriveKey(`${secret}x`, "signing-keys"), sealed, "kid-1")).toThrow(
    /unable to authenticate/,
  );
  expect(() => unseal(key, sealed, "kid-2")).toThrow(/unable to authenticate/);
  for (let at = 0; at < sealed.length; at += 1) {
    const changed = Buffer.from(sealed);
    changed[at] = changed[at]! ^ 1;
    expect(() => unseal(key, changed, "kid-1"), `byte ${at}`).toThrow(/unable to authenticate/);
  }
});

test("keys of different purposes differ", () => {
  expect(deriveKey(secret, "refresh-successors")).not.toEqual(key);
  expect(key).toHaveLength(32);
});
