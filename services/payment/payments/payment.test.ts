import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Wants } from "./apply-booking-event.ts";
import { retryAfterMs } from "./apply-answer.ts";
import { defaultPatience, keptMinor } from "./payment.ts";
import { lookAfterMs } from "./plan-call.ts";
import { PaymentWorld, totalMinor } from "./payment-world.fixture.ts";
import type { Card, Fault } from "./stripe-model.fixture.ts";

const capture: Wants = { asked: "capture" };
const expire: Wants = { asked: "expire" };
const settle = (keepMinor: number, afterDecline = false): Wants => ({
  asked: "settle",
  keepMinor,
  afterDecline,
});

describe("one booking's payment", () => {
  test("authorises a payment method sent along, and captures when the booking is confirmed", () => {
    const world = new PaymentWorld().held().call();
    expect(world.types()).toEqual(["payment.authorised.v1"]);
    expect(world.stripe.keptMinor()).toBe(0);
    world.booking(2, capture).call();
    expect(world.types()).toEqual(["payment.authorised.v1", "payment.captured.v1"]);
    expect(world.stripe.keptMinor()).toBe(totalMinor);
    expect(world.known).toMatchObject({ status: "captured", call: null, nextAttemptAt: null });
  });

  test("numbers its idempotency keys from authorise:1 and never uses one for another request", () => {
    const world = new PaymentWorld().held();
    const keys = [world.known.call?.key];
    world.call().booking(2, capture);
    keys.push(world.known.call?.key);
    expect(keys).toEqual([
      `booking:${world.known.bookingId}:authorise:1`,
      `booking:${world.known.bookingId}:capture:2`,
    ]);
  });

  test("asks the guest to act where no payment method came, and sees that they paid without any webhook", () => {
    const world = new PaymentWorld().held(null).call();
    expect(world.types()).toEqual(["payment.action-required.v1"]);
    expect(world.known.clientSecret).not.toBeNull();
    world.stripe.guestPays();
    world.wait().call();
    expect(world.types()).toEqual(["payment.action-required.v1", "payment.authorised.v1"]);
  });

  test("declines on the refusal of our own confirm, and cancels the intent without a second event", () => {
    const world = new PaymentWorld("declined").held().call();
    expect(world.types()).toEqual(["payment.declined.v1"]);
    expect(world.known).toMatchObject({
      status: "declined",
      reason: "payment/card-declined",
      call: { purpose: "cancel" },
    });
    world.call().booking(2, settle(0, true)).settle();
    expect(world.types()).toEqual(["payment.declined.v1"]);
    expect(world.stripe.intents.map(({ state }) => state)).toEqual(["cancelled"]);
  });

  test("answers a cancellation that crossed with a decline", () => {
    const world = new PaymentWorld("declined").held().call().booking(2, settle(0)).settle();
    expect(world.types()).toEqual(["payment.declined.v1", "payment.voided.v1"]);
  });

  test("keeps an authorisation that is found when the hold ends, for booking to decide about", () => {
    const world = new PaymentWorld().held(null).call();
    world.stripe.guestPays();
    world.booking(2, expire).call();
    expect(world.types()).toContain("payment.authorised.v1");
    expect(world.known.call).toBeNull();
    world.booking(3, settle(0)).settle();
    expect(world.types().at(-1)).toBe("payment.voided.v1");
    expect(world.stripe.capturableMinor()).toBe(0);
  });

  test("looks before it cancels an unpaid intent at the hold's end", () => {
    const world = new PaymentWorld().held(null).call().booking(2, expire);
    expect(world.known.call?.purpose).toBe("look");
    world.call();
    expect(world.known.call?.purpose).toBe("cancel");
    world.call();
    expect(world.types().at(-1)).toBe("payment.voided.v1");
  });

  test("never charges anybody anew for a booking that is over when its creation had no answer", () => {
    const world = new PaymentWorld().held().booking(2, expire).call("busy");
    expect(world.known.call?.purpose).toBe("find");
    world.settle();
    expect(world.stripe.intents).toEqual([]);
    expect(world.types()).toEqual(["payment.voided.v1"]);
  });

  test("finds the intent of a creation that Stripe did but answered with an error it keeps", () => {
    const world = new PaymentWorld().held();
    for (let failure = 0; failure < 3; failure += 1) world.call("kept-after");
    expect(world.known.call?.purpose).toBe("find");
    world.call();
    expect(world.types()).toEqual(["payment.authorised.v1"]);
    expect(world.stripe.intents).toHaveLength(1);
  });

  test("refunds what exceeds the part that is kept, and tells how much is kept", () => {
    const world = new PaymentWorld()
      .held()
      .call()
      .booking(2, capture)
      .call()
      .booking(3, settle(2_500))
      .call();
    expect(world.stripe.keptMinor()).toBe(2_500);
    expect(world.refunds.map(({ amountMinor }) => amountMinor)).toEqual([7_500]);
    expect(world.announced.at(-1)?.data).toMatchObject({
      keptMinor: 2_500,
      refunded: { amountMinor: 7_500 },
    });
  });

  test("waits for a refund that Stripe has not finished before it tells of it", () => {
    const world = new PaymentWorld().held().call().booking(2, capture).call().booking(3, settle(0));
    const refund = { refundId: "re_1", state: "pending" } as const;
    world.answer(world.known.call?.key ?? "", { outcome: "done", intent: null, refund });
    expect(world.known.call).toMatchObject({ purpose: "watch", refundId: "re_1" });
    expect(world.types()).not.toContain("refund.succeeded.v1");
    const failed = { refundId: "re_1", state: "failed" } as const;
    world.answer(world.known.call?.key ?? "", { outcome: "done", intent: null, refund: failed });
    expect(world.known.parkedReason).toBe("refund-failed");
  });

  test("captures only the part that is kept of a payment not captured yet", () => {
    const world = new PaymentWorld().held().call().booking(2, settle(4_000)).call();
    expect(world.stripe.keptMinor()).toBe(4_000);
    expect(world.types()).toEqual(["payment.authorised.v1", "payment.captured.v1"]);
  });

  test("is not misled by the answer to a call that is no longer the one under way", () => {
    const world = new PaymentWorld()
      .held()
      .call()
      .booking(2, capture)
      .call()
      .booking(3, settle(2_500))
      .callLate();
    const [created] = world.past;
    world.answer(
      created?.key ?? "",
      created?.answer ?? { outcome: "failed", reason: "timeout", kept: false },
    );
    expect(world.known.call?.purpose).toBe("refund");
    world.settle();
    expect(world.stripe.keptMinor()).toBe(2_500);
  });

  test("pays a booking that costs nothing without Stripe", () => {
    const world = new PaymentWorld()
      .booking(1, { asked: "authorise", paymentMethod: null }, 0)
      .booking(2, capture, 0);
    expect(world.types()).toEqual(["payment.authorised.v1", "payment.captured.v1"]);
    expect(world.known.call).toBeNull();
  });

  test("parks after bounded failures, still retries seldom, and heals when Stripe is back", () => {
    const world = new PaymentWorld().held().call().booking(2, capture);
    for (let failure = 0; failure < defaultPatience.failuresMax; failure += 1) world.call("busy");
    expect(world.known.parkedReason).toBe("stripe-busy");
    expect(world.known.nextAttemptAt).not.toBeNull();
    world.wait().call();
    expect(world.known).toMatchObject({ parkedReason: null, status: "captured" });
  });

  test("parks an authorisation that was lost under a confirmed booking", () => {
    const world = new PaymentWorld().held().call();
    for (const intent of world.stripe.intents)
      Object.assign(intent, { state: "cancelled", capturableMinor: 0 });
    world.booking(2, capture).settle();
    expect(world.known.parkedReason).toBe("authorisation-lost");
  });
});

describe("waits", () => {
  test("between failures double from 200 ms to 30 s, with jitter of a half", () => {
    expect([1, 2, 3, 30].map((failures) => retryAfterMs(failures, defaultPatience, 1))).toEqual([
      200, 400, 800, 30_000,
    ]);
    expect(retryAfterMs(1, defaultPatience, 0)).toBe(100);
  });

  test("between looks double from 5 s to a minute", () => {
    expect([0, 1, 9].map((looks) => lookAfterMs(looks, defaultPatience))).toEqual([5_000, 10_000, 60_000]);
  });
});

type Command =
  | { readonly do: "booking"; readonly version: number }
  | { readonly do: "call"; readonly fault: Fault }
  | { readonly do: "repeat-answer"; readonly which: number }
  | { readonly do: "repeat-facts"; readonly which: number }
  | { readonly do: "next-booking" }
  | { readonly do: "call-late" }
  | { readonly do: "guest-pays" }
  | { readonly do: "wait" };

const faults: readonly Fault[] = ["none", "dropped", "busy", "kept-before", "kept-after"];
const cards: readonly Card[] = ["accepted", "declined", "authenticates"];

const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ do: fc.constant("booking" as const), version: fc.integer({ min: 1, max: 5 }) }),
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("call" as const), fault: fc.constantFrom(...faults) }),
  },
  { weight: 2, arbitrary: fc.constant<Command>({ do: "call", fault: "none" }) },
  fc.record({ do: fc.constant("repeat-answer" as const), which: fc.nat(50) }),
  fc.record({ do: fc.constant("repeat-facts" as const), which: fc.nat(50) }),
  { weight: 3, arbitrary: fc.constant<Command>({ do: "next-booking" }) },
  fc.constantFrom<Command>({ do: "guest-pays" }, { do: "wait" }, { do: "call-late" }),
);

const laterWants = fc.oneof(
  fc.constant(capture),
  fc.constant(expire),
  fc.record({
    asked: fc.constant("settle" as const),
    keepMinor: fc.integer({ min: 0, max: totalMinor }),
    afterDecline: fc.boolean(),
  }),
);

const history = fc.record({
  paymentMethod: fc.constantFrom("pm_card_visa", null),
  card: fc.constantFrom(...cards),
  later: fc.array(laterWants, { minLength: 4, maxLength: 4 }),
  commands: fc.array(command, { maxLength: 40 }),
});

function obey(world: PaymentWorld, story: readonly Wants[], order: Command): void {
  if (order.do === "next-booking") {
    const version = (world.payment?.bookingVersion ?? 0) + 1;
    const wants = story[version - 1];
    if (wants !== undefined) world.booking(version, wants);
    return;
  }
  if (order.do === "booking") {
    const wants = story[order.version - 1];
    if (wants !== undefined) world.booking(order.version, wants);
    return;
  }
  if (world.payment === undefined) return;
  if (order.do === "call") world.call(order.fault);
  else if (order.do === "call-late") world.callLate();
  else if (order.do === "wait") world.wait();
  else if (order.do === "guest-pays") world.stripe.guestPays();
  else if (order.do === "repeat-answer") {
    const past = world.past[order.which % Math.max(1, world.past.length)];
    if (past !== undefined) world.answer(past.key, past.answer);
  } else {
    const facts = world.seen[order.which % Math.max(1, world.seen.length)];
    if (facts !== undefined && facts.state !== "open") world.facts(facts);
  }
}

/** What must hold at every moment, whatever happens. */
function checkAlways(world: PaymentWorld): void {
  expect(world.stripe.excesses).toEqual([]);
  const { authorisedMinor, capturedMinor, refundedMinor, amountMinor } = world.known;
  expect(authorisedMinor).toBeLessThanOrEqual(amountMinor);
  expect(capturedMinor).toBeLessThanOrEqual(authorisedMinor);
  expect(refundedMinor).toBeLessThanOrEqual(capturedMinor);
  expect(world.announced.map(({ version }) => version)).toEqual(world.announced.map((_, index) => index + 1));
}

/** What must hold once everything works again. */
function checkEnd(world: PaymentWorld): void {
  const { asked, targetMinor, call, status } = world.known;
  const { stripe } = world;
  expect(keptMinor(world.known)).toBe(stripe.keptMinor());
  const wasCaptured = stripe.intents.some(({ state }) => state === "captured");
  const captured = stripe.intents.reduce((sum, intent) => sum + intent.receivedMinor, 0);
  if (targetMinor !== null) {
    expect(stripe.keptMinor()).toBeLessThanOrEqual(targetMinor);
    if (wasCaptured)
      expect(stripe.keptMinor()).toBeGreaterThanOrEqual(Math.min(world.leastTargetMinor, captured));
    expect(stripe.capturableMinor()).toBe(0);
  }
  if (asked === "settle") {
    expect(stripe.intents.every(({ state }) => state === "captured" || state === "cancelled")).toBe(true);
    expect(call).toBeNull();
    expect(["voided", "declined", "captured", "refunded"]).toContain(status);
  }
  for (const type of [
    "payment.authorised.v1",
    "payment.captured.v1",
    "payment.declined.v1",
    "payment.action-required.v1",
  ]) {
    expect(world.types().filter((each) => each === type).length).toBeLessThanOrEqual(1);
  }
}

test("converges on what booking last asked for, in any order and repetition of events, answers and faults", () => {
  fc.assert(
    fc.property(history, ({ paymentMethod, card, later, commands }) => {
      const story: Wants[] = [{ asked: "authorise", paymentMethod }, ...later];
      const world = new PaymentWorld(card);
      for (const order of commands) {
        obey(world, story, order);
        if (world.payment !== undefined) checkAlways(world);
      }
      if (world.payment === undefined) return;
      world.settle();
      checkAlways(world);
      checkEnd(world);
    }),
    { numRuns: 3_000 },
  );
});
