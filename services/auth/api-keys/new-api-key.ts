/** New keys, and what is stored of a key. */
import assert from "node:assert";
import { createHash, randomBytes, randomInt } from "node:crypto";
import { isApiKey, shownKeyLength, writeApiKey } from "@holdfast/contracts/api-key-format";

const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const nameLength = 8;
const secretBytes = 32;

export interface NewApiKey {
  /** Given to its owner once. */
  readonly key: string;
  /** What of it is stored: how it begins, and its hash. */
  readonly stored: { readonly prefix: string; readonly hash: Buffer };
}

export function newApiKey(): NewApiKey {
  const name = Array.from({ length: nameLength }, () => letters.charAt(randomInt(letters.length))).join("");
  const key = writeApiKey(name, randomBytes(secretBytes).toString("base64url"));
  assert(isApiKey(key), "a new key has the shape of one");
  return { key, stored: { prefix: key.slice(0, shownKeyLength), hash: apiKeyHash(key) } };
}

/** A key is 256 random bits: nothing slower than SHA-256 would make it harder to find. */
export function apiKeyHash(key: string): Buffer {
  return createHash("sha256").update(key).digest();
}
