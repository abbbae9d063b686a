import type { Stripe } from "stripe";
import { describe, expectTypeOf, it } from "vitest";
import type { listBalanceTransactions, retrieveBalanceTransaction } from "./balance-transactions.ts";
import type { retrieveCharge } from "./charges.ts";
import type { createCustomer, deleteCustomer } from "./customers.ts";
import type { Announcement, EventObject } from "./events.ts";
import type { createPaymentIntent, listPaymentIntents } from "./payment-intents.ts";
import type { retrievePaymentMethod } from "./payment-methods.ts";
import type { createRefund } from "./refunds.ts";

/** The client's own type of each event the stand-in emits; `never` if it knows no such event. */
type ClientEvent<Type extends Announcement["type"]> = Extract<Stripe.Event, { type: Type }>;
type Carried<Type extends Announcement["type"]> = ClientEvent<Type>["data"]["object"];

describe("what the stand-in answers", () => {
  it("has the shapes the client's types promise", () => {
    expectTypeOf<ReturnType<typeof createPaymentIntent>>().toExtend<Stripe.PaymentIntent>();
    expectTypeOf<ReturnType<typeof listPaymentIntents>>().toExtend<Stripe.ApiList<Stripe.PaymentIntent>>();
    expectTypeOf<ReturnType<typeof retrieveCharge>>().toExtend<Stripe.Charge>();
    expectTypeOf<ReturnType<typeof createRefund>>().toExtend<Stripe.Refund>();
    expectTypeOf<ReturnType<typeof createCustomer>>().toExtend<Stripe.Customer>();
    expectTypeOf<ReturnType<typeof deleteCustomer>>().toExtend<Stripe.DeletedCustomer>();
    expectTypeOf<ReturnType<typeof retrievePaymentMethod>>().toExtend<Stripe.PaymentMethod>();
    expectTypeOf<ReturnType<typeof retrieveBalanceTransaction>>().toExtend<Stripe.BalanceTransaction>();
    expectTypeOf<ReturnType<typeof listBalanceTransactions>>().toExtend<
      Stripe.ApiList<Stripe.BalanceTransaction>
    >();
    expectTypeOf<Omit<EventObject, "data" | "type">>().toExtend<Omit<Stripe.EventBase, "data" | "type">>();
  });

  it("emits only events the client knows, each with the object the client expects", () => {
    expectTypeOf<Announcement["type"]>().toExtend<Stripe.Event["type"]>();
    expectTypeOf<Extract<Announcement, { object: Stripe.PaymentIntent }>["type"]>().toExtend<
      Extract<Stripe.Event, { data: { object: Stripe.PaymentIntent } }>["type"]
    >();
    expectTypeOf<Carried<"payment_intent.succeeded">>().toEqualTypeOf<Stripe.PaymentIntent>();
    expectTypeOf<Carried<"charge.refunded">>().toEqualTypeOf<Stripe.Charge>();
    expectTypeOf<Carried<"refund.created">>().toEqualTypeOf<Stripe.Refund>();
  });
});
