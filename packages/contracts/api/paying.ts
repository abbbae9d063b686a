/** How guests say how they pay. */
import { z } from "zod";

/** What a guest names who pays on arrival. */
export const onArrival = "on-arrival";

/** A method of the payment provider's, as guests name it. */
export const savedMethodId = z
  .string()
  .regex(/^pm_\w{1,120}$/, "must be a payment method such as pm_card_visa")
  .regex(/^(?!.*\d{13})/, "must not be the number of a card")
  .meta({ description: "A payment method of the payment provider", examples: ["pm_card_visa"] });

/** How a guest pays at once, or that they pay on arrival. */
export const paymentMethod = z
  .string()
  .regex(/^(?:pm_\w{1,120}|on-arrival)$/, "must be a payment method such as pm_card_visa, or on-arrival")
  // So many digits in a row are a card's, which must never get here; the provider's own names mix them with letters.
  .regex(/^(?!.*\d{13})/, "must not be the number of a card")
  .optional()
  .meta({
    description:
      "A payment method of the payment provider, new or one of the caller's saved ones, confirmed at once; or `on-arrival`, where the resource's terms allow it. Without it the guest pays on their side",
    examples: ["pm_card_visa", onArrival],
  });

/** How a guest pays for a booking, and whether they want what they pay by to be kept. */
export const paying = {
  paymentMethod,
  savePaymentMethod: z
    .boolean()
    .optional()
    .describe(
      "Keep what it is paid by for later bookings, once it has worked, whether it was sent along or entered on the guest's side",
    ),
};
