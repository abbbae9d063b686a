/** Charges that are to keep what they are paid by, while their guest's customer is made, and where there is none. */
import { expect, test } from "vitest";
import { PaymentWorld } from "./payment-world.fixture.ts";
import { withCustomer } from "./plan-call.ts";

const by = {
  provider: "stripe",
  paymentMethod: "pm_card_visa",
  captureAtOnce: false,
  saveMethod: true,
  providerCustomer: null,
};

function waiting(): PaymentWorld {
  return new PaymentWorld().booking(1, { asked: "authorise", by });
}

const resumed = ({ known, charges, circumstances }: PaymentWorld, customerId: string | null) =>
  withCustomer(known, charges, customerId, circumstances);

test("nothing is asked of the provider before there is a customer, then once", () => {
  const world = waiting();
  expect(world.known).toMatchObject({ call: null, nextAttemptAt: null, status: "requested" });
  expect(resumed(world, "cus_1")).toMatchObject({
    begins: true,
    payment: { call: { purpose: "create" }, saveMethod: true, providerCustomer: "cus_1" },
  });
});

test("where there is never to be one it is paid all the same, and nothing is kept", () => {
  expect(resumed(waiting(), null)).toMatchObject({
    begins: true,
    payment: { call: { purpose: "create" }, saveMethod: false, providerCustomer: null },
  });
});

test("a hold that ends meanwhile ends the charge, with nothing asked for; a customer that comes later changes nothing", () => {
  const world = waiting().booking(2, { asked: "expire" });
  expect(world.known).toMatchObject({ call: null, status: "voided" });
  expect(resumed(world, "cus_1").begins).toBe(false);
});

test("a customer that has gone costs what was kept, not the payment", () => {
  const world = new PaymentWorld().booking(1, {
    asked: "authorise",
    by: { ...by, providerCustomer: "cus_1" },
  });
  const refused = { outcome: "refused" as const, reason: "customer-missing", intent: null };
  world.answer(world.known.call!.key, refused);
  expect(world.known).toMatchObject({ saveMethod: false, providerCustomer: null, status: "requested" });
  expect(world.call().known.status).toBe("authorised");
});
