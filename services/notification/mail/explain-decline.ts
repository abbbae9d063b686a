/** Why a booking was refused, in a sentence that tells the guest what to do. */
const sentences: Readonly<Record<string, string>> = {
  "payment/card-declined": "Your bank declined the card. Another card, or a word with your bank, may help.",
  "payment/insufficient-funds": "The card does not have enough funds for this amount.",
  "payment/method-not-usable": "The payment method cannot be used. Another one may help.",
  "payment/card-expired": "The card has expired.",
  "payment/incorrect-cvc": "The security code of the card was not right.",
  "payment/authentication-required": "Your bank asked you to approve the payment, and that did not happen.",
  "booking/not-approved": "The vendor declined your request.",
  "booking/approval-expired": "The vendor did not answer your request in time.",
  "payment/not-completed": "The payment was not completed.",
};

/** The sentence for a reason's code; a code that is not known here is not shown to a guest. */
export function explainDecline(reason: string): string {
  return sentences[reason] ?? "The payment was refused.";
}
