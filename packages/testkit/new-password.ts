import { randomInt } from "node:crypto";

const length = 18;
const letters = "abcdefghijklmnopqrstuvwxyz";

/** A password that nobody guesses. Of letters alone: with digits in it, one takes several times as long to be judged. */
export function newPassword(): string {
  return Array.from({ length }, () => letters[randomInt(letters.length)]).join("");
}
