/** How secrets and card data look, wherever they turn up. */

/** A kind of secret, and where it may stand. */
export interface SecretKind {
  readonly name: string;
  readonly pattern: RegExp;
  /** Narrows what the pattern found. */
  readonly isOne?: (found: string) => boolean;
  /** Tables that have to keep it, each for a reason that is said here. */
  readonly keptIn?: readonly string[];
}

/** Luhn's check digit, which every card number ends in. */
export function isCardNumber(text: string): boolean {
  const digits = Array.from(text.replaceAll(/[ -]/g, ""), Number).toReversed();
  if (digits.length < 13 || digits.length > 19 || new Set(digits).size < 2) return false;
  const sum = digits.reduce((total, digit, index) => {
    const doubled = digit * 2;
    return total + (index % 2 === 0 ? digit : doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}

/** Every kind that is looked for; the patterns mean the same to Postgres as to JavaScript. */
export const secretKinds: readonly SecretKind[] = [
  { name: "an API key of the payment provider", pattern: /[sr]k_(?:live|test)_[0-9A-Za-z]{8,}/ },
  { name: "a secret that signs webhooks", pattern: /whsec_[0-9A-Za-z]{8,}/ },
  { name: "a signed token", pattern: /eyJ[0-9A-Za-z_-]{10,}[.][0-9A-Za-z_-]{10,}[.][0-9A-Za-z_-]{20,}/ },
  { name: "a private key", pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----/ },
  { name: "a card's security code", pattern: /"(?:cvc|cvv|security_code)": ?"?[0-9]{3,4}"?/ },
  {
    name: "a card number",
    // As cards are grouped, of the ranges that networks use; Stripe's ids and instants are no such runs of digits.
    pattern:
      /(?:^|[^0-9A-Za-z_.-])(?:[3-6][0-9]{3}[ -]?(?:[0-9]{4}[ -]?){2}[0-9]{1,7}|3[47][0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{5})(?![0-9A-Za-z_.-])/,
    isOne: (found) => isCardNumber(found.replace(/^[^0-9]+/, "")),
  },
  {
    name: "what a guest's browser pays with",
    pattern: /(?:pi|seti)_[0-9A-Za-z]+_secret_[0-9A-Za-z]+/,
    // The one is shown to the guest who is to pay, the other is the provider's word exactly as it was signed.
    keptIn: ["payment.payments", "payment.stripe_events"],
  },
];

/** Whether the text holds a secret of the kind. */
export function holds(text: string, { pattern, isOne }: SecretKind): boolean {
  if (isOne === undefined) return pattern.test(text);
  return [...text.matchAll(new RegExp(pattern, "g"))].some(([found]) => isOne(found));
}
