/**
 * What an API key looks like: `hfk_`, eight characters that name it, 256 random bits in base64url, and a checksum of all
 * that. Whoever meets a key can tell a mistyped or made-up one without asking anybody, and so can what scans code for
 * leaked secrets.
 */
import { crc32 } from "node:zlib";

const prefix = "hfk_";
const shape = /^hfk_[0-9A-Za-z]{8}[\w-]{43}[0-9A-Za-z]{6}$/;
const checksumLength = 6;

/** Digits of base 62; six of them hold a CRC-32. */
const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** How long the part of a key is that is shown: `hfk_` and what names it. */
export const shownKeyLength = 12;

/** Does this claim to be an API key? */
export function looksLikeApiKey(credential: string): boolean {
  return credential.startsWith(prefix);
}

/** Can this be an API key? Whether it works, auth knows. */
export function isApiKey(credential: string): boolean {
  if (!shape.test(credential)) return false;
  return checksum(credential.slice(0, -checksumLength)) === credential.slice(-checksumLength);
}

/** A key of its two random parts: 8 letters and digits, and 32 bytes in base64url. */
export function writeApiKey(name: string, secret: string): string {
  const unchecked = `${prefix}${name}${secret}`;
  return `${unchecked}${checksum(unchecked)}`;
}

function checksum(text: string): string {
  let rest = crc32(text);
  let written = "";
  for (let at = 0; at < checksumLength; at += 1) {
    written = digits.charAt(rest % digits.length) + written;
    rest = Math.floor(rest / digits.length);
  }
  return written;
}
