/** Why a card is refused, in Stripe's codes. */
export interface Decline {
  readonly code: string;
  readonly declineCode: string;
  readonly message: string;
}

/** When a card asks its holder to authenticate. One that is set up lets payments without its holder pass. */
export type Authentication = "never" | "always" | "unless-set-up";

/** What one of Stripe's test payment methods does when it is charged. */
export interface TestCard {
  readonly brand: "visa" | "mastercard" | "amex";
  readonly last4: string;
  readonly authenticates: Authentication;
  /** Set up from the start, without a payment that does it. */
  readonly isSetUp: boolean;
  readonly decline: Decline | null;
  /** The reason its holder disputes every charge for. */
  readonly disputes: string | null;
  /** Whether saving it to a customer is refused as well. */
  readonly refusesAttaching: boolean;
}

function declining(code: string, declineCode: string, message: string): Decline {
  return { code, declineCode, message };
}

const generic = declining("card_declined", "generic_decline", "Your card was declined.");
const insufficient = declining("card_declined", "insufficient_funds", "Your card has insufficient funds.");
const approved: TestCard = {
  brand: "visa",
  last4: "4242",
  authenticates: "never",
  isSetUp: false,
  decline: null,
  disputes: null,
  refusesAttaching: false,
};

function declined(last4: string, decline: Decline): TestCard {
  return { ...approved, last4, decline, refusesAttaching: true };
}

const cards: ReadonlyMap<string, TestCard> = new Map<string, TestCard>([
  ["pm_card_visa", approved],
  ["pm_card_mastercard", { ...approved, brand: "mastercard", last4: "4444" }],
  ["pm_card_amex", { ...approved, brand: "amex", last4: "8431" }],
  ["pm_card_createDispute", { ...approved, last4: "0259", disputes: "fraudulent" }],
  [
    "pm_card_createDisputeProductNotReceived",
    { ...approved, last4: "2685", disputes: "product_not_received" },
  ],
  ["pm_card_bypassPending", { ...approved, last4: "0077" }],
  ["pm_card_chargeDeclined", declined("0002", generic)],
  ["pm_card_visa_chargeDeclined", declined("0002", generic)],
  ["pm_card_chargeDeclinedInsufficientFunds", declined("9995", insufficient)],
  [
    "pm_card_chargeDeclinedLostCard",
    declined("9987", declining("card_declined", "lost_card", "Your card was declined.")),
  ],
  [
    "pm_card_chargeDeclinedStolenCard",
    declined("9979", declining("card_declined", "stolen_card", "Your card was declined.")),
  ],
  [
    "pm_card_chargeDeclinedExpiredCard",
    declined("0069", declining("expired_card", "expired_card", "Your card has expired.")),
  ],
  [
    "pm_card_chargeDeclinedIncorrectCvc",
    declined("0127", declining("incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect.")),
  ],
  [
    "pm_card_chargeDeclinedFraudulent",
    declined("0019", declining("card_declined", "fraudulent", "Your card was declined.")),
  ],
  [
    "pm_card_chargeDeclinedProcessingError",
    declined(
      "0119",
      declining(
        "processing_error",
        "processing_error",
        "An error occurred while processing your card. Try again in a little bit.",
      ),
    ),
  ],
  ["pm_card_chargeCustomerFail", { ...declined("0341", generic), refusesAttaching: false }],
  ["pm_card_authenticationRequired", { ...approved, last4: "3184", authenticates: "always" }],
  ["pm_card_authenticationRequiredOnSetup", { ...approved, last4: "3155", authenticates: "unless-set-up" }],
  [
    "pm_card_authenticationRequiredSetupForOffSession",
    { ...approved, last4: "0446", authenticates: "unless-set-up", isSetUp: true },
  ],
  [
    "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds",
    { ...approved, last4: "3178", authenticates: "always", decline: insufficient },
  ],
  ["pm_card_threeDSecure2Required", { ...approved, last4: "3220", authenticates: "always" }],
  ["pm_card_threeDSecureRequired", { ...approved, last4: "3063", authenticates: "always" }],
  [
    "pm_card_threeDSecureRequiredChargeDeclined",
    { ...approved, last4: "1629", authenticates: "always", decline: generic },
  ],
]);

/** Every token there is. */
export function testCardTokens(): string[] {
  return [...cards.keys()];
}

/** The test card behind a token such as `pm_card_visa`. */
export function testCard(token: string): TestCard | undefined {
  return cards.get(token);
}
