/** A balance charge by charge; that all orders of events converge is shown beside. */
import { describe, expect, test } from "vitest";
import { BookingLife } from "./booking-life.fixture.ts";
import { PaymentWorld } from "./payment-world.fixture.ts";
import type { Card } from "./stripe-model.fixture.ts";

/** A booking of 10,000 with 3,000 paid at once; the rest is due in 384 hours, and waited for 72. */
function booked(): BookingLife {
  const life = new BookingLife(new PaymentWorld(), 7_000);
  life.world.call();
  life.confirm();
  life.deliver(1);
  life.world.call();
  return life;
}

/** As `booked`, and due, with a card that does so. */
function due(card: Card): BookingLife {
  const life = booked();
  life.world.stripe.card = card;
  life.world.pass(384).call("none", 2);
  return life;
}

const failures = ({ world }: BookingLife) =>
  world.announced.flatMap(({ event, data }) =>
    event.type === "payment.balance-failed.v1" ? [data as { attempt: number; reason: string }] : [],
  );

describe("a balance", () => {
  test("asks nothing of Stripe before it is due, and is then taken at once by what the booking was paid with", () => {
    const life = booked();
    const { world } = life;
    world.pass(383);
    expect(world.stripe.intents).toHaveLength(1);
    expect(world.charge(2)).toMatchObject({ status: "requested", amountMinor: 7_000, call: null });
    world.pass(1);
    expect(world.charge(2)).toMatchObject({ paymentMethod: "pm_used", call: { purpose: "create" } });
    world.call("none", 2);
    expect(world.charge(2)).toMatchObject({ status: "captured", capturedMinor: 7_000 });
    expect(world.announced.at(-1)?.data).toMatchObject({
      charge: 2,
      keptMinor: 10_000,
      balanceCaptured: true,
    });
  });

  test("is taken for what is still to be kept", () => {
    const life = booked();
    life.moveToCheaper(1_000);
    life.deliver(2);
    expect(life.world.charge(2)).toMatchObject({ amountMinor: 6_000, targetMinor: 6_000 });
    life.world.pass(384).call("none", 2);
    expect(life.world.stripe.keptMinor()).toBe(9_000);
  });

  test("that nothing is left of is never asked for", () => {
    const life = booked();
    life.moveToCheaper(8_000);
    life.deliver(2);
    life.world.settle().pass(500);
    expect(life.world.stripe.keptMinor()).toBe(2_000);
    expect(life.world.charge(2)).toMatchObject({ status: "voided", call: null });
  });

  test("that is refused is told of, can be paid by the guest, and is tried again on the same intent", () => {
    const life = due("declined");
    const { world } = life;
    expect(failures(life)).toMatchObject([
      { attempt: 1, reason: "payment/card-declined", due: { amountMinor: 7_000 } },
    ]);
    expect(world.charge(2)).toMatchObject({ status: "action-required", clientSecret: "pi_2_secret" });
    world.pass(5);
    expect(world.charge(2).call).toMatchObject({ purpose: "confirm" });
    world.stripe.card = "accepted";
    world.call("none", 2);
    expect(world.stripe.intents).toHaveLength(2);
    expect(world.charge(2)).toMatchObject({ status: "captured" });
  });

  test("is paid once where the guest pays it while it is tried again", () => {
    const life = due("declined");
    const { world } = life;
    world.stripe.card = "accepted";
    world.pass(5).stripe.guestPays();
    world.settle();
    expect(world.stripe.keptMinor()).toBe(10_000);
    expect(world.charge(2)).toMatchObject({ status: "captured", capturedMinor: 7_000 });
  });

  test("that nobody can be charged for without the guest waits for them", () => {
    const life = due("authenticates");
    expect(failures(life)).toMatchObject([{ reason: "payment/authentication-required" }]);
    life.world.stripe.guestPays();
    life.world.settle();
    expect(life.world.charge(2)).toMatchObject({ status: "captured" });
  });

  test("asked for at a lower price meanwhile is asked for as much less, not given back afterwards", () => {
    const life = due("declined");
    life.moveToCheaper(1_000);
    life.deliver(2);
    life.world.call("none", 2);
    expect(life.world.charge(2)).toMatchObject({ amountMinor: 6_000, status: "action-required" });
    life.world.stripe.guestPays();
    life.world.settle();
    expect(life.world.stripe.keptMinor()).toBe(9_000);
    expect(life.world.refunds).toEqual([]);
  });

  test("is given up at the end of the grace, and its intent can no longer be paid", () => {
    const life = due("declined");
    const { world } = life;
    for (const hours of [5, 10, 20]) world.pass(hours).call("none", 2);
    expect(failures(life).map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
    expect(failures(life).at(-1)).not.toHaveProperty("nextAttemptAt");
    world.pass(36);
    expect(world.types()).not.toContain("payment.balance-lost.v1");
    world.pass(1).call("none", 2);
    expect(world.types().at(-1)).toBe("payment.balance-lost.v1");
    expect(world.stripe.guestPays()).toBe(false);
    expect(world.charge(2)).toMatchObject({ status: "declined", reason: "payment/card-declined" });
  });

  test("that the guest paid in the very last moment is not given up", () => {
    const life = due("declined");
    const { world } = life;
    world.pass(5).call("none", 2);
    world.stripe.guestPays();
    world.pass(100);
    world.settle();
    expect(world.charge(2)).toMatchObject({ status: "captured" });
    expect(world.types()).not.toContain("payment.balance-lost.v1");
  });

  test("whose answer was lost is asked for again under the same key, and taken once", () => {
    const life = booked();
    const { world } = life;
    world.pass(384).call("dropped", 2);
    const key = world.charge(2).call?.key;
    world.wait(2).call("none", 2);
    expect(key).toBe(world.past.at(-1)?.key);
    expect(world.stripe.keptMinor()).toBe(10_000);
    expect(world.stripe.intents).toHaveLength(2);
  });

  test("is not asked for again once the booking has begun: what the lost call did is read", () => {
    const life = booked();
    const { world } = life;
    world.pass(384).call("busy", 2);
    world.pass(400);
    world.wait(2);
    expect(world.charge(2).call).toMatchObject({ purpose: "find" });
    world.settle();
    expect(world.types().at(-1)).toBe("payment.balance-lost.v1");
    expect(world.stripe.keptMinor()).toBe(3_000);
  });

  test("taken as the booking was cancelled is given back: what was quoted is what is kept", () => {
    const life = booked();
    const { world } = life;
    world.pass(384).callLate(2);
    life.end(50);
    life.deliver(2);
    const { key, answer } = world.past.at(-1)!;
    world.answer(key, answer, 2).settle();
    expect(world.stripe.keptMinor()).toBe(3_000);
    expect(world.charge(2)).toMatchObject({ status: "refunded" });
  });
});
