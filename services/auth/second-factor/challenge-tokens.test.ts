import { newId } from "@holdfast/contracts/ids";
import { expect, test } from "vitest";
import { challengeOf, challengeToken } from "./challenge-tokens.ts";

const key = Buffer.alloc(32, 1);
const challenge = newId("chl");

test("a token leads back to its challenge", () => {
  expect(challengeOf(key, challengeToken(key, challenge))).toBe(challenge);
});

test("a token of another key, or moved to another challenge, leads nowhere", () => {
  expect(challengeOf(Buffer.alloc(32, 2), challengeToken(key, challenge))).toBeUndefined();
  const [, mac] = challengeToken(key, challenge).split(".");
  expect(challengeOf(key, `${newId("chl").slice(4)}.${mac}`)).toBeUndefined();
});

test("a token with any one character changed leads nowhere", () => {
  const token = challengeToken(key, challenge);
  for (let at = 0; at < token.length; at += 1) {
    const other = token[at] === "0" ? "1" : "0";
    expect(challengeOf(key, `${token.slice(0, at)}${other}${token.slice(at + 1)}`)).toBeUndefined();
  }
});

test.each([
  "",
  ".",
  challenge,
  `${challenge.slice(4)}.`,
  `${challengeToken(key, challenge)}=`,
  "é".repeat(60),
])("%j leads nowhere", (token) => {
  expect(challengeOf(key, token)).toBeUndefined();
});
