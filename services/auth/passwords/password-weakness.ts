/** Which passwords are refused because they would be guessed first. Length is checked by the contract (12 and more). */
import { type Match, ZxcvbnFactory, type ZxcvbnResult } from "@zxcvbn-ts/core";
import { adjacencyGraphs, dictionary as everywhere } from "@zxcvbn-ts/language-common";
import { dictionary as english } from "@zxcvbn-ts/language-en";

/** Why a password is refused. */
export type PasswordWeakness = "common" | "repetitive" | "sequential" | "contains-email" | "contains-name";

/** Whose password it is. */
export interface PasswordOwner {
  readonly email: string;
  readonly name: string;
}

/** Of 0 to 4: at least 10^8 guesses, more than anybody makes against a login that slows them down. */
const lowestScore = 3;

/**
 * A password is judged by its beginning: the work grows with the square of the length, and nothing else is answered
 * meanwhile. So many characters, some 20 ms of work, are enough to tell that most are strong;
 */
const enoughCharacters = 24;
/** where they are not, so many are judged, some 130 ms at worst. */
const mostCharacters = 64;

/** Ways to read signs as letters that are tried at most. */
const spellingsMax = 20;

/** Shorter names before the @ are part of too many good passwords. */
const shortestEmailName = 4;

/** What anybody would try on this site. */
const ownWords = ["holdfast", "booking", "bookings"];

/** Words of a name that are looked for. */
const nameWordsMax = 10;

// Its lists are bundled (30 MB, 0.2 s to take up): common passwords, first and last names, English and Wikipedia's words.
const estimator = new ZxcvbnFactory({
  dictionary: { ...everywhere, ...english },
  graphs: adjacencyGraphs,
  maxLength: mostCharacters,
  l33tMaxSubstitutions: spellingsMax,
});

/** What makes a password easy to guess, or undefined where it would take too long. */
export function passwordWeakness(password: string, owner: PasswordOwner): PasswordWeakness | undefined {
  const judged = password.normalize("NFKC").slice(0, mostCharacters);
  const email = owner.email.toLowerCase();
  const name = owner.name.normalize("NFKC").toLowerCase();
  if (containsEmail(judged.toLowerCase(), email)) return "contains-email";
  const words = name.split(/\s+/u).slice(0, nameWordsMax);
  const ofOwner = [email, ...email.split(/[@.+_-]/u), name, ...words, ...ownWords];
  const hints = ofOwner.filter((word) => word.length > 1);
  const isStrong = ({ score }: ZxcvbnResult): boolean => score >= lowestScore;
  if (isStrong(estimator.check(judged.slice(0, enoughCharacters), hints))) return undefined;
  const estimate = estimator.check(judged, hints);
  return isStrong(estimate) ? undefined : reasonOf(estimate, { email, name });
}

function containsEmail(password: string, email: string): boolean {
  const name = email.slice(0, email.lastIndexOf("@"));
  return password.includes(email) || (name.length >= shortestEmailName && password.includes(name));
}

/** The part that most of the password is made of names the reason; what is the owner's own comes first. */
function reasonOf({ sequence }: ZxcvbnResult, { email, name }: PasswordOwner): PasswordWeakness {
  const parts: readonly Match[] = sequence;
  for (const { dictionaryName, matchedWord } of parts as readonly (Match & Record<string, unknown>)[]) {
    if (dictionaryName !== "userInputs" || typeof matchedWord !== "string") continue;
    if (name.includes(matchedWord)) return "contains-name";
    if (email.includes(matchedWord)) return "contains-email";
  }
  const known = parts.filter(({ pattern }) => pattern !== "bruteforce" && pattern !== "separator");
  const largest = known.toSorted((a, b) => b.token.length - a.token.length)[0];
  if (largest?.pattern === "repeat") return "repetitive";
  if (largest?.pattern === "sequence" || largest?.pattern === "spatial") return "sequential";
  return "common";
}
