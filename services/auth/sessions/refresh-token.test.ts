import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import {
  isRefreshToken,
  newRefreshToken,
  newSuccessorSalt,
  refreshTokenHash,
  succession,
} from "./refresh-token.ts";

const secret = randomBytes(32);

test("a token is 256 bits, and no two are the same", () => {
  const tokens = new Set(Array.from({ length: 1_000 }, newRefreshToken));
  expect(tokens.size).toBe(1_000);
  for (const token of tokens) expect(Buffer.from(token, "base64url")).toHaveLength(32);
});

test("the same token and salt have the same successor, which is itself a token", () => {
  const token = newRefreshToken();
  const salt = newSuccessorSalt();
  expect(succession(secret, token, salt)).toEqual(succession(secret, token, salt));
  expect(isRefreshToken(succession(secret, token, salt).refreshToken)).toBe(true);
});

test("a successor cannot be derived without the secret, the salt and the token", () => {
  const token = newRefreshToken();
  const salt = newSuccessorSalt();
  const { refreshToken } = succession(secret, token, salt);
  expect(succession(randomBytes(32), token, salt).refreshToken).not.toBe(refreshToken);
  expect(succession(secret, newRefreshToken(), salt).refreshToken).not.toBe(refreshToken);
  expect(succession(secret, token, newSuccessorSalt()).refreshToken).not.toBe(refreshToken);
});

test("what the access token is called says nothing about the refresh token", () => {
  const { refreshToken, accessTokenId } = succession(secret, newRefreshToken(), newSuccessorSalt());
  expect(refreshToken.startsWith(accessTokenId)).toBe(false);
});

test("the database knows a token only by a hash of 32 bytes", () => {
  const token = newRefreshToken();
  expect(refreshTokenHash(token)).toHaveLength(32);
  expect(refreshTokenHash(token).toString("base64url")).not.toBe(token);
});

test.each(["", "a", "x".repeat(44), `${"x".repeat(42)}=`, `${"x".repeat(42)}\n`, "é".repeat(43)])(
  "does not take %j for a token",
  (text) => {
    expect(isRefreshToken(text)).toBe(false);
  },
);
