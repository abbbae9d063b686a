/** Every refusal of this service. */
import { defineProblem } from "@holdfast/chassis/problem";

/** There is no such payment, or it is somebody else's, which is not told apart. */
export const paymentNotFound = defineProblem(
  "payment/not-found",
  404,
  "There is no payment for this booking.",
);

/** There is no such saved method, or it is somebody else's, which is not told apart. */
export const methodNotFound = defineProblem(
  "payment/method-not-found",
  404,
  "You have no payment method with this id.",
);

/** A balance is still to be taken by it. */
export const methodAwaited = defineProblem(
  "payment/method-awaited",
  409,
  "The balance of a booking is still to be taken by this payment method.",
);

/** The ledger's day is open still, or lies before the first that anything was posted on. */
export const closeNotFound = defineProblem("payment/close-not-found", 404, "This day is not closed.");

export const reconciliationNotFound = defineProblem(
  "payment/reconciliation-not-found",
  404,
  "There is no such run of the reconciliation.",
);

/** There is no such document, or it is somebody else's, which is not told apart. */
export const documentNotFound = defineProblem(
  "payment/document-not-found",
  404,
  "There is no such document.",
);

/** Nothing more than this will be kept of the booking. */
export const refundExceedsKept = defineProblem(
  "payment/refund-exceeds-kept",
  422,
  "More than is kept of the booking cannot be given back.",
);

export const refundInOtherCurrency = defineProblem(
  "payment/refund-in-other-currency",
  422,
  "The booking was paid in another currency.",
);

/** The card networks take no decimals so small. */
export const refundTooFine = defineProblem(
  "payment/refund-too-fine",
  422,
  "So fine an amount of this currency cannot be given back.",
);

export const refundBeforeCapture = defineProblem(
  "payment/refund-before-capture",
  409,
  "That much of the booking's money is not taken yet.",
);

/** The guest's bank has the money until it has decided. */
export const refundWhileDisputed = defineProblem(
  "payment/refund-while-disputed",
  409,
  "The guest disputes the payment at their bank.",
);

export const refundOfPaidOnArrival = defineProblem(
  "payment/refund-of-paid-on-arrival",
  409,
  "The guest paid the vendor in person.",
);

/** The webhook was not signed by Stripe for us, or long ago. */
export const webhookSignatureInvalid = defineProblem(
  "payment/webhook-signature-invalid",
  400,
  "The webhook's signature is not valid.",
);

/** Signed for us, and of the other kind of money: a test's where it is real, or the other way round. */
export const webhookOfOtherMode = defineProblem(
  "payment/webhook-of-other-mode",
  400,
  "The webhook is of the provider's other mode, test or live.",
);

/** There is no such vendor, or the caller may not do this for it, which is not told apart. */
export const vendorNotFound = defineProblem(
  "payment/vendor-not-found",
  404,
  "There is no vendor with this id that you act for.",
);

export const payoutAccountNotFound = defineProblem(
  "payment/payout-account-not-found",
  404,
  "The vendor has no account to be paid out to.",
);

export const payoutAccountExists = defineProblem(
  "payment/payout-account-exists",
  409,
  "The vendor has a payout account in another country.",
);

/** The provider has not made the account yet. */
export const payoutAccountNotReady = defineProblem(
  "payment/payout-account-not-ready",
  409,
  "The payment provider has not made the account yet.",
);

/** Asked again it would say no again. */
export const providerRefused = defineProblem(
  "payment/provider-refused",
  422,
  "The payment provider refuses this.",
);

export const holdDaysOutOfBounds = defineProblem(
  "payment/hold-days-out-of-bounds",
  422,
  "What is owed is held for more, or fewer, days than that.",
);

/** There are more lines than a statement can hold. */
export const statementTooLarge = defineProblem(
  "payment/statement-too-large",
  422,
  "The statement would be too large.",
);
