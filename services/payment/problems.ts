/** Every refusal of this service. */
import { defineProblem } from "@holdfast/chassis/problem";

/** There is no such payment, or it is somebody else's, which is not told apart. */
export const paymentNotFound = defineProblem(
  "payment/not-found",
  404,
  "There is no payment for this booking.",
);

/** The webhook was not signed by Stripe for us, or long ago. */
export const webhookSignatureInvalid = defineProblem(
  "payment/webhook-signature-invalid",
  400,
  "The webhook's signature is not valid.",
);
