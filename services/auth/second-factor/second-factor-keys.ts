import { deriveKey } from "@holdfast/chassis/sealing";

/** Keys of the second factor, each for one purpose alone. */
export interface SecondFactorKeys {
  /** Seals the secrets that authenticator apps share with us. */
  readonly sealing: Buffer;
  readonly recoveryCodes: Buffer;
  /** Makes the tokens of sign-ins that wait for their second factor. */
  readonly challenges: Buffer;
}

/** @param secret the one configured secret, `KEY_ENCRYPTION_SECRET` */
export function secondFactorKeys(secret: string): SecondFactorKeys {
  return {
    sealing: deriveKey(secret, "auth/second-factor-secrets"),
    recoveryCodes: deriveKey(secret, "auth/recovery-codes"),
    challenges: deriveKey(secret, "auth/sign-in-challenges"),
  };
}
