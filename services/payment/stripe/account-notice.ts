/** Which of Stripe's events are about a vendor's account. */
import type { Stripe } from "stripe";

/** Id of the account that has changed; null where the event is about something else. How it stands is read at Stripe. */
export function changedAccountOf(event: Stripe.Event): string | null {
  switch (event.type) {
    case "account.updated":
      return event.data.object.id;
    case "account.application.deauthorized":
      return event.account ?? null;
    default:
      return null;
  }
}
