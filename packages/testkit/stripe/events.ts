import type { Stripe } from "stripe";
import type { Account } from "./account.ts";
import { noSuch } from "./errors.ts";
import type { Form } from "./form-body.ts";
import { isNamed } from "./patterns.ts";
import { newId } from "./identifiers.ts";
import { page } from "./lists.ts";
import { optionalFlag, optionalText, optionalTexts } from "./parameters.ts";

/** The API version of the installed client's types; the compiler refuses another. */
export const apiVersion: Stripe.LatestApiVersion = "2026-10-28.endive";

/** An event's type with the object it carries. */
export type Announcement =
  | { readonly type: IntentEventType; readonly object: Stripe.PaymentIntent }
  | { readonly type: ChargeEventType; readonly object: Stripe.Charge }
  | { readonly type: RefundEventType; readonly object: Stripe.Refund }
  | { readonly type: CustomerEventType; readonly object: Stripe.Customer }
  | { readonly type: PaymentMethodEventType; readonly object: Stripe.PaymentMethod }
  | { readonly type: "account.updated"; readonly object: Stripe.Account }
  | { readonly type: DisputeEventType; readonly object: Stripe.Dispute }
  | { readonly type: TransferEventType; readonly object: Stripe.Transfer }
  | { readonly type: PayoutEventType; readonly object: Stripe.Payout };

type IntentEventType =
  | "payment_intent.created"
  | "payment_intent.requires_action"
  | "payment_intent.amount_capturable_updated"
  | "payment_intent.payment_failed"
  | "payment_intent.succeeded"
  | "payment_intent.canceled";
type ChargeEventType =
  | "charge.succeeded"
  | "charge.failed"
  | "charge.captured"
  | "charge.refunded"
  | "charge.updated";
type RefundEventType = "refund.created" | "refund.updated" | "refund.failed";
type CustomerEventType = "customer.created" | "customer.updated" | "customer.deleted";
type DisputeEventType =
  | "charge.dispute.created"
  | "charge.dispute.funds_withdrawn"
  | "charge.dispute.funds_reinstated"
  | "charge.dispute.updated"
  | "charge.dispute.closed";
type TransferEventType = "transfer.created" | "transfer.updated" | "transfer.reversed";
type PayoutEventType = "payout.created" | "payout.paid" | "payout.reconciliation_completed";
type PaymentMethodEventType = "payment_method.attached" | "payment_method.detached";

/** An event's JSON: what the client's `Stripe.Event` union is for the types above. */
export type EventObject = Omit<Stripe.EventBase, "type" | "data"> & {
  readonly type: Announcement["type"];
  readonly data: { readonly object: Announcement["object"] };
};

export interface EventRecord {
  readonly id: string;
  readonly object: EventObject;
}

export function newEvent(
  announcement: Announcement,
  created: number,
  request: Stripe.Event.Request,
  connected: string | undefined,
): EventRecord {
  const id = newId("evt");
  const object: EventObject = {
    id,
    object: "event",
    ...(connected === undefined ? {} : { account: connected }),
    api_version: apiVersion,
    created,
    data: { object: announcement.object },
    livemode: false,
    pending_webhooks: 1,
    request,
    type: announcement.type,
  };
  return { id, object };
}

export function retrieveEvent(account: Account, id: string): EventObject {
  const event = account.events.get(id);
  if (event === undefined) throw noSuch("event", id, "id");
  return event.object;
}

export function listEvents(account: Account, form: Form): Stripe.ApiList<EventObject> {
  const type = optionalText(form, "type");
  const types = optionalTexts(form, "types");
  const delivered = optionalFlag(form, "delivery_success");
  return page(form, account.events, "/v1/events", ({ object }) => {
    if (type !== undefined && !isNamed(type, object.type)) return false;
    if (types !== undefined && !types.some((pattern) => isNamed(pattern, object.type))) return false;
    return delivered === undefined || delivered === (object.pending_webhooks === 0);
  });
}
