import { passwordTooWeak } from "../problems.ts";
import { passwordWeakness } from "./password-weakness.ts";

const sentences = {
  common: "It is among the most common passwords.",
  repetitive: "It repeats the same few characters.",
  sequential: "It runs along the alphabet, the digits or the keyboard.",
  "contains-email": "It contains the e-mail address.",
} as const;

/** @throws passwordTooWeak, with the reason, for a password that would be guessed first */
export function refuseWeakPassword(password: string, email: string): void {
  const weakness = passwordWeakness(password, email);
  if (weakness !== undefined) throw passwordTooWeak(sentences[weakness], { extra: { reason: weakness } });
}
