/** Encrypting what must not be readable in a database. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

const ivBytes = 12;
const tagBytes = 16;
const keyBytes = 32;

/** A 256-bit key for one purpose (HKDF-SHA256); keys of different purposes say nothing about each other. */
export function deriveKey(secret: string | Buffer, purpose: string, salt: string | Buffer = ""): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, salt, `holdfast/${purpose}`, keyBytes));
}

/** AES-256-GCM: nonce, tag, ciphertext. `label` is bound to it, so a sealed value cannot be moved to another row. */
export function seal(key: Buffer, plain: Uint8Array, label: string): Buffer {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(Buffer.from(label));
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]);
}

/** What was sealed. Throws when the key, the label or a byte differs. */
export function unseal(key: Buffer, sealed: Buffer, label: string): Buffer {
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, ivBytes), {
    authTagLength: tagBytes,
  })
    .setAAD(Buffer.from(label))
    .setAuthTag(sealed.subarray(ivBytes, ivBytes + tagBytes));
  return Buffer.concat([decipher.update(sealed.subarray(ivBytes + tagBytes)), decipher.final()]);
}
