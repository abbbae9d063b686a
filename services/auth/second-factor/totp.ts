/** Codes of an authenticator app: RFC 6238 with what every app understands, SHA-1, six digits and 30 seconds. */
import { timingSafeEqual } from "node:crypto";
import { Secret, TOTP } from "otpauth";

const settings = { algorithm: "SHA1", digits: 6, period: 30 } as const;
const issuer = "Holdfast";
const stepMs = settings.period * 1_000;
/** 160 bits, as RFC 4226 recommends. */
const secretBytes = 20;
/** Steps before and after now whose codes are taken: clocks differ, and typing takes time. */
const window = [-1, 0, 1] as const;

export interface NewTotp {
  /** To be sealed and kept. */
  readonly secret: Buffer;
  readonly base32: string;
  /** `otpauth://totp/…`, for a QR code. */
  readonly uri: string;
}

/** A new secret. `label` is what the app shows beside it. */
export function newTotp(label: string): NewTotp {
  const secret = new Secret({ size: secretBytes });
  const totp = new TOTP({ ...settings, issuer, label, secret });
  return { secret: Buffer.from(secret.bytes), base32: secret.base32, uri: totp.toString() };
}

/** Six digits, as an app shows them. */
export function isTotpCode(code: string): boolean {
  return /^\d{6}$/.test(code);
}

/**
 * The time step a code belongs to, if it is one of the secret's codes of about now and of a step after `lastStep`:
 * a code works once, and none before it works afterwards.
 */
export function stepOfCode(
  secret: Buffer,
  code: string,
  { nowMs, lastStep }: { readonly nowMs: number; readonly lastStep: number },
): number | undefined {
  const given = Buffer.from(code);
  const current = Math.floor(nowMs / stepMs);
  let found: number | undefined;
  for (const offset of window) {
    const step = current + offset;
    const wanted = Buffer.from(codeAt(secret, step * stepMs));
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) continue;
    if (step > lastStep) found ??= step;
  }
  return found;
}

/** The code an app shows at that time. */
export function codeAt(secret: Buffer, timestamp: number): string {
  // Copied: the library takes the whole buffer, and small ones share theirs.
  return TOTP.generate({
    ...settings,
    secret: new Secret({ buffer: Uint8Array.from(secret).buffer }),
    timestamp,
  });
}
