import type { Stripe } from "stripe";
import { describe, expectTypeOf, it } from "vitest";
import type { listBalanceTransactions, retrieveBalanceTransaction } from "./balance-transactions.ts";
import type { retrieveBalance } from "./balance.ts";
import type { listCharges, retrieveCharge } from "./charges.ts";
import type { createAccount, listAccounts } from "./connected-accounts.ts";
import type { createCustomer, deleteCustomer, listCustomers } from "./customers.ts";
import type { listDisputes, updateDispute } from "./disputes.ts";
import type { Announcement, EventObject } from "./events.ts";
import type { createAccountLink, createLoginLink } from "./onboarding.ts";
import type { createPaymentIntent, listPaymentIntents } from "./payment-intents.ts";
import type { listPaymentMethods, retrievePaymentMethod } from "./payment-methods.ts";
import type { listPayouts, retrievePayout } from "./payouts.ts";
import type { createRefund, listRefunds } from "./refunds.ts";
import type { createReversal, listReversals } from "./transfer-reversals.ts";
import type { createTransfer, listTransfers } from "./transfers.ts";

/** Every answer beside the client's type of it. The builders are checked for members the client does not know as well. */
interface Answers {
  readonly intent: [ReturnType<typeof createPaymentIntent>, Stripe.PaymentIntent];
  readonly intents: [ReturnType<typeof listPaymentIntents>, Stripe.ApiList<Stripe.PaymentIntent>];
  readonly charge: [ReturnType<typeof retrieveCharge>, Stripe.Charge];
  readonly charges: [ReturnType<typeof listCharges>, Stripe.ApiList<Stripe.Charge>];
  readonly refund: [ReturnType<typeof createRefund>, Stripe.Refund];
  readonly refunds: [ReturnType<typeof listRefunds>, Stripe.ApiList<Stripe.Refund>];
  readonly customer: [ReturnType<typeof createCustomer>, Stripe.Customer];
  readonly customerGone: [ReturnType<typeof deleteCustomer>, Stripe.DeletedCustomer];
  readonly customers: [ReturnType<typeof listCustomers>, Stripe.ApiList<Stripe.Customer>];
  readonly method: [ReturnType<typeof retrievePaymentMethod>, Stripe.PaymentMethod];
  readonly methods: [ReturnType<typeof listPaymentMethods>, Stripe.ApiList<Stripe.PaymentMethod>];
  readonly transaction: [ReturnType<typeof retrieveBalanceTransaction>, Stripe.BalanceTransaction];
  readonly transactions: [
    ReturnType<typeof listBalanceTransactions>,
    Stripe.ApiList<Stripe.BalanceTransaction>,
  ];
  readonly balance: [ReturnType<typeof retrieveBalance>, Stripe.Balance];
  readonly payout: [ReturnType<typeof retrievePayout>, Stripe.Payout];
  readonly payouts: [ReturnType<typeof listPayouts>, Stripe.ApiList<Stripe.Payout>];
  readonly account: [ReturnType<typeof createAccount>, Stripe.Account];
  readonly accounts: [ReturnType<typeof listAccounts>, Stripe.ApiList<Stripe.Account>];
  readonly accountLink: [ReturnType<typeof createAccountLink>, Stripe.AccountLink];
  readonly loginLink: [ReturnType<typeof createLoginLink>, Stripe.LoginLink];
  readonly transfer: [ReturnType<typeof createTransfer>, Stripe.Transfer];
  readonly transfers: [ReturnType<typeof listTransfers>, Stripe.ApiList<Stripe.Transfer>];
  readonly reversal: [ReturnType<typeof createReversal>, Stripe.TransferReversal];
  readonly reversals: [ReturnType<typeof listReversals>, Stripe.ApiList<Stripe.TransferReversal>];
  readonly dispute: [ReturnType<typeof updateDispute>, Stripe.Dispute];
  readonly disputes: [ReturnType<typeof listDisputes>, Stripe.ApiList<Stripe.Dispute>];
}

/** Whether a type is what is expected, without a member that is not. */
type Agrees<Given, Expected> = Given extends Expected
  ? Exclude<keyof Given, keyof Expected> extends never
    ? true
    : false
  : false;

/** The answers that are not what the client takes them for. */
type Misshapen = {
  [Name in keyof Answers]: Agrees<Answers[Name][0], Answers[Name][1]> extends true ? never : Name;
}[keyof Answers];

/** The object the client's own type of an event carries; `never` if it knows no such event. */
type Carried<Type> = Extract<Stripe.Event, { type: Type }>["data"]["object"];

/** The events that the client does not know, or knows to carry another object. */
type Mistyped<One = Announcement> = One extends { readonly type: infer Type; readonly object: infer Carries }
  ? Type extends string
    ? [Carried<Type>] extends [never]
      ? Type
      : Carries extends Carried<Type>
        ? never
        : Type
    : never
  : never;

describe("what the stand-in answers", () => {
  it("has the shapes the client's types promise, and nothing beside", () => {
    expectTypeOf<Misshapen>().toBeNever();
    expectTypeOf<Agrees<Omit<Stripe.Payout, "status">, Stripe.Payout>>().toEqualTypeOf<false>();
    expectTypeOf<Agrees<Stripe.Payout & { readonly fee: number }, Stripe.Payout>>().toEqualTypeOf<false>();
    expectTypeOf<Omit<EventObject, "data" | "type">>().toExtend<Omit<Stripe.EventBase, "data" | "type">>();
  });

  it("emits only events the client knows, each with the object the client expects", () => {
    expectTypeOf<Mistyped>().toBeNever();
    expectTypeOf<Carried<"payment_intent.succeeded">>().toEqualTypeOf<Stripe.PaymentIntent>();
    expectTypeOf<
      Mistyped<{ readonly type: "transfer.created"; readonly object: Stripe.Charge }>
    >().toEqualTypeOf<"transfer.created">();
    expectTypeOf<
      Mistyped<{ readonly type: "transfer.lost"; readonly object: Stripe.Transfer }>
    >().toEqualTypeOf<"transfer.lost">();
  });
});
