/** Which passwords are refused because they would be guessed first. Length is checked by the contract (12 and more). */

/** Why a password is refused. */
export type PasswordWeakness = "common" | "repetitive" | "sequential" | "contains-email";

/** Words that, with digits and signs around them, begin every list of leaked passwords. */
const commonWords: ReadonlySet<string> = new Set(
  (
    "password passwort motdepasse contrasena wachtwoord senha parola letmein letmeinnow welcome welcomeback welcometo " +
    "admin administrator root superuser changeme changemenow default secret topsecret iloveyou iloveyouforever trustno " +
    "qwerty qwertyuiop qwertz qwertzuiop azerty azertyuiop asdfghjkl asdfghjklqwerty zxcvbnm qwertyasdfgh qazwsxedc " +
    "qazwsxedcrfv monkey dragon master football baseball basketball superman batman princess sunshine starwars pokemon " +
    "michael jordan liverpool chelsea hello helloworld whatever computer internet samsung google holdfast booking " +
    "testtest test testing passwordpassword mypassword yourpassword thisismypassword thepassword password password"
  ).split(" "),
);

const runs = [
  "abcdefghijklmnopqrstuvwxyz",
  "01234567890123456789",
  "qwertyuiop",
  "asdfghjkl",
  "zxcvbnm",
  "qwertzuiop",
  "azertyuiop",
];

/** As many different characters a password has at least. */
const fewestCharacters = 5;

/** Shorter names before the @ are part of too many good passwords. */
const shortestEmailName = 4;

/** Steps along a keyboard row, the alphabet or the digits that may not make up most of a password. */
const sequentialShare = 0.6;

/** What makes a password easy to guess, or undefined where nothing obvious does. */
export function passwordWeakness(password: string, email: string): PasswordWeakness | undefined {
  const lower = password.normalize("NFKC").toLowerCase();
  if (containsEmail(lower, email.toLowerCase())) return "contains-email";
  if (isCommon(lower)) return "common";
  if (new Set(lower).size < fewestCharacters) return "repetitive";
  if (isSequential(lower)) return "sequential";
  return undefined;
}

function containsEmail(password: string, email: string): boolean {
  const name = email.slice(0, email.lastIndexOf("@"));
  return password.includes(email) || (name.length >= shortestEmailName && password.includes(name));
}

const spelledWithSigns: Readonly<Record<string, string>> = {
  "@": "a",
  "4": "a",
  "3": "e",
  "1": "i",
  "!": "i",
  "0": "o",
  $: "s",
  "5": "s",
  "7": "t",
};

/** Looks at the letters alone, as they are and with p4$$w0rd read as password. */
function isCommon(password: string): boolean {
  const bare = password.replace(/[^\p{L}]/gu, "");
  const core = password.replace(/^[\d\W_]+|[\d\W_]+$/g, "");
  const read = core
    .replace(/[@431!0$57]/g, (sign) => spelledWithSigns[sign] ?? sign)
    .replace(/[^\p{L}]/gu, "");
  return commonWords.has(bare) || commonWords.has(read);
}

function isSequential(password: string): boolean {
  let steps = 0;
  for (let at = 1; at < password.length; at += 1) {
    const pair = password.slice(at - 1, at + 1);
    const back = `${pair[1]}${pair[0]}`;
    if (runs.some((run) => run.includes(pair) || run.includes(back))) steps += 1;
  }
  return steps / (password.length - 1) > sequentialShare;
}
