/** How guests say how they pay. */
import { z } from "zod";

/** What a guest names who pays on arrival. */
export const onArrival = "on-arrival";

/** How a guest pays at once, or that they pay on arrival. */
export const paymentMethod = z
  .string()
  .regex(/^(?:pm_\w{1,120}|on-arrival)$/, "must be a payment method such as pm_card_visa, or on-arrival")
  // So many digits in a row are a card's, which must never get here; the provider's own names mix them with letters.
  .regex(/^(?!.*\d{13})/, "must not be the number of a card")
  .optional()
  .meta({
    description:
      "A payment method of the payment provider, confirmed at once; or `on-arrival`, where the resource's terms allow it. Without it the guest pays on their side",
    examples: ["pm_card_visa", onArrival],
  });
