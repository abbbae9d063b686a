import { passwordTooWeak } from "../problems.ts";
import { type PasswordOwner, passwordWeakness } from "./password-weakness.ts";

const sentences = {
  common: "It is made of what is guessed first: common passwords, words, names, years.",
  repetitive: "It repeats the same few characters.",
  sequential: "It runs along the alphabet, the digits or the keyboard.",
  "contains-email": "It contains the e-mail address, or not much beside it.",
  "contains-name": "It is made of the name, and not much beside it.",
} as const;

/** @throws passwordTooWeak, with the reason, for a password that would be guessed first */
export function refuseWeakPassword(password: string, owner: PasswordOwner): void {
  const weakness = passwordWeakness(password, owner);
  if (weakness !== undefined) throw passwordTooWeak(sentences[weakness], { extra: { reason: weakness } });
}
