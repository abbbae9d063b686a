import { expect, test } from "vitest";
import { codeAt, isTotpCode, newTotp, stepOfCode } from "./totp.ts";

const stepMs = 30_000;
const secret = Buffer.from("12345678901234567890");
const nowMs = 1_111_111_109_000;
const now = Math.floor(nowMs / stepMs);
const at = (step: number) => codeAt(secret, step * stepMs);

test.each([
  [59, "287082"],
  [1_111_111_109, "081804"],
  [1_234_567_890, "005924"],
  [20_000_000_000, "353130"],
])("at second %i the code is that of RFC 6238, appendix B", (second, code) => {
  expect(codeAt(secret, second * 1_000)).toBe(code);
});

test("a code of this step, the one before and the one after is taken, and no other", () => {
  const taken = [-3, -2, -1, 0, 1, 2, 3].map((offset) =>
    stepOfCode(secret, at(now + offset), { nowMs, lastStep: 0 }),
  );
  expect(taken).toEqual([undefined, undefined, now - 1, now, now + 1, undefined, undefined]);
});

test("a code works no longer once it, or a later one, was used", () => {
  const after = (lastStep: number) =>
    [-1, 0, 1].map((offset) => stepOfCode(secret, at(now + offset), { nowMs, lastStep }));
  expect(after(now - 1)).toEqual([undefined, now, now + 1]);
  expect(after(now)).toEqual([undefined, undefined, now + 1]);
  expect(after(now + 1)).toEqual([undefined, undefined, undefined]);
});

test.each(["", "08180", "0818040", "081804 ", "０81804", "abcdef"])("%j is no code", (code) => {
  expect(stepOfCode(secret, code, { nowMs, lastStep: 0 })).toBeUndefined();
  expect(isTotpCode(code)).toBe(false);
});

test("every new secret has 160 bits of its own, and is told as apps read it", () => {
  const [one, other] = [newTotp("ana@example.com"), newTotp("ana@example.com")];
  expect(one.secret).toHaveLength(20);
  expect(one.secret).not.toEqual(other.secret);
  const uri = new URL(one.uri);
  expect(`${uri.protocol}//${uri.host}${decodeURIComponent(uri.pathname)}`).toBe(
    "otpauth://totp/Holdfast:ana@example.com",
  );
  expect(Object.fromEntries(uri.searchParams)).toEqual({
    issuer: "Holdfast",
    secret: one.base32,
    algorithm: "SHA1",
    digits: "6",
    period: "30",
  });
});
