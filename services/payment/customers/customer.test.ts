import type { Id } from "@holdfast/contracts/ids";
import { expect, test } from "vitest";
import { defaultPatience } from "../payments/payment.ts";
import {
  applyCustomerAnswer,
  type Customer,
  type CustomerAnswer,
  erased,
  lost,
  needed,
  neverCustomer,
  newCustomer,
  standingOf,
  takeUpCustomer,
} from "./customer.ts";

const userId: Id<"usr"> = "usr_01h455vb4pex5vsknk084sn02q";
const at = (nowMs: number) => ({ nowMs, random: () => 0.5, patience: defaultPatience });
const now = at(0);
const dayLater = at(25 * 3_600_000);

function answer(customer: Customer, given: CustomerAnswer, surroundings = now): Customer {
  return applyCustomerAnswer(customer, { key: customer.call!.key, answer: given }, surroundings);
}
const done = (customerId: string | null) => ({ outcome: "done" as const, customerId });
const refused = { outcome: "refused" as const, reason: "refused" };
const known = () => answer(newCustomer(userId, now), done("cus_1"));

test("charges wait while a customer is being made, then know it", () => {
  const making = newCustomer(userId, now);
  expect(making.call?.key).toBe(`customer:${userId}:create:1`);
  expect([standingOf(making), standingOf(known())]).toEqual(["coming", { customerId: "cus_1" }]);
  expect(needed(known(), now).call).toBeNull();
});

test("one that may have been made a day ago is looked for, and made only where there is none", () => {
  const sought = takeUpCustomer(newCustomer(userId, now), dayLater);
  expect(sought.call?.purpose).toBe("find");
  expect(standingOf(sought)).toBe("coming");
  expect(standingOf(answer(sought, done("cus_1"), dayLater))).toEqual({ customerId: "cus_1" });
  expect(answer(sought, done(null), dayLater).call).toMatchObject({
    purpose: "create",
    key: `customer:${userId}:create:3`,
  });
});

test("a search that cannot tell makes no second one: a person is told, and it is searched again", () => {
  const sought = takeUpCustomer(newCustomer(userId, now), dayLater);
  const told = answer(sought, { outcome: "refused", reason: "customer-not-found" }, dayLater);
  expect(told).toMatchObject({ parkedReason: "customer-not-found", call: { purpose: "find" } });
  expect(told.nextAttemptAt).not.toBeNull();
});

test("refused, or deleted by somebody, it is made anew when next needed", () => {
  const without = [answer(newCustomer(userId, now), refused), lost(known(), "cus_1")];
  for (const customer of without) {
    expect(standingOf(customer)).toBe("never");
    expect(needed(customer, now).call?.key).toBe(`customer:${userId}:create:2`);
  }
  expect(lost(known(), "cus_of_before")).toEqual(known());
});

test("a person who goes while theirs is being made has it deleted once it is known", () => {
  const going = erased(newCustomer(userId, now), now);
  expect(standingOf(going)).toBe("never");
  const made = answer(going, done("cus_1"));
  expect(made.call).toMatchObject({ purpose: "delete" });
  expect(answer(made, refused)).toMatchObject({ parkedReason: "refused", providerId: "cus_1" });
  expect(answer(made, done(null))).toMatchObject({ providerId: null, call: null, nextAttemptAt: null });
});

test("for a person who is gone none is made, whatever asks for one", () => {
  for (const gone of [neverCustomer(userId, now), erased(known(), now)]) {
    expect(needed(gone, now)).toBe(gone);
    expect(erased(gone, now)).toBe(gone);
  }
  const sought = takeUpCustomer(erased(newCustomer(userId, now), now), dayLater);
  expect(answer(sought, done(null), dayLater)).toMatchObject({ call: null, nextAttemptAt: null });
});
