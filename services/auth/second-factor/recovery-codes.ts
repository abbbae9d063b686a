/** Codes for whoever lost the authenticator app: 60 random bits each, kept as a keyed hash, each works once. */
import { createHmac, randomBytes } from "node:crypto";
import type { Id } from "@holdfast/contracts/ids";

const count = 10;
const length = 12;
/** Crockford's: no letter that is read as a digit. */
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
const pattern = /^[0-9a-hjkmnp-tv-z]{12}$/;

/** Ten new codes, as they are shown: `7k2m-0x9d-4hqz`. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: count }, newCode);
}

function newCode(): string {
  let code = "";
  // 32 divides 256, so every character is as likely as another.
  for (const byte of randomBytes(length)) code += alphabet[byte % alphabet.length];
  return code.replaceAll(/(.{4})(?=.)/g, "$1-");
}

/** A code as it was typed, in the form that is hashed; undefined when it cannot be one. */
export function recoveryCodeOf(typed: string): string | undefined {
  const code = typed.toLowerCase().replaceAll(/[\s-]/g, "").replaceAll("o", "0").replaceAll(/[il]/g, "1");
  return pattern.test(code) ? code : undefined;
}

/** What the database knows an account's code by: whoever reads it there cannot try codes without the key. */
export function recoveryCodeHash(key: Buffer, userId: Id<"usr">, code: string): Buffer {
  return createHmac("sha256", key).update(userId).update("\0").update(code).digest();
}
