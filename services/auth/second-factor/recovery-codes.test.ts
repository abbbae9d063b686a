import { newId } from "@holdfast/contracts/ids";
import { expect, test } from "vitest";
import { newRecoveryCodes, recoveryCodeHash, recoveryCodeOf } from "./recovery-codes.ts";

test("there are ten of at least 50 bits each, none like another", () => {
  const codes = Array.from({ length: 100 }, newRecoveryCodes).flat();
  expect(newRecoveryCodes()).toHaveLength(10);
  expect(new Set(codes).size).toBe(codes.length);
  for (const code of codes) expect(code).toMatch(/^([0-9a-hjkmnp-tv-z]{4}-){2}[0-9a-hjkmnp-tv-z]{4}$/);
  // Twelve characters of 32 that are all drawn: 60 bits.
  expect(new Set(codes.join("").replaceAll("-", "")).size).toBe(32);
});

test("a code is read however it is spelled", () => {
  for (const typed of ["7k2m-0x9d-1hqz", " 7K2M 0X9D 1HQZ ", "7k2mox9dlhqz", "7K2M-OX9D-IHQZ"])
    expect(recoveryCodeOf(typed)).toBe("7k2m0x9d1hqz");
});

test.each(["", "123456", "7k2m-0x9d-1hq", "7k2m-0x9d-1hqz-1", "7k2m-0x9d-1hqu", "ⅶk2m-0x9d-1hqz"])(
  "%j is no code",
  (typed) => {
    expect(recoveryCodeOf(typed)).toBeUndefined();
  },
);

test("is kept as a hash that another account, another key or another code does not have", () => {
  const key = Buffer.alloc(32, 1);
  const userId = newId("usr");
  const hash = recoveryCodeHash(key, userId, "7k2m0x9d1hqz");
  expect(recoveryCodeHash(key, userId, "7k2m0x9d1hqz")).toEqual(hash);
  expect(recoveryCodeHash(key, newId("usr"), "7k2m0x9d1hqz")).not.toEqual(hash);
  expect(recoveryCodeHash(Buffer.alloc(32, 2), userId, "7k2m0x9d1hqz")).not.toEqual(hash);
  expect(recoveryCodeHash(key, userId, "7k2m0x9d1hqy")).not.toEqual(hash);
});
