import { describe, expect, test } from "vitest";
import type { Wants } from "./booking-news.ts";
import { retryAfterMs } from "./apply-answer.ts";
import { defaultPatience } from "./payment.ts";
import { lookAfterMs } from "./plan-call.ts";
import { paidBy, PaymentWorld, totalMinor } from "./payment-world.fixture.ts";

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

  test("that is taken at once is told as authorised, and as captured once the booking is confirmed", () => {
    const world = new PaymentWorld().held("pm_card_visa", true).call();
    expect(world.types()).toEqual(["payment.authorised.v1"]);
    expect(world.stripe.keptMinor()).toBe(totalMinor);
    expect(world.known).toMatchObject({ status: "authorised", capturedMinor: totalMinor });
    world.booking(2, capture);
    expect(world.types()).toEqual(["payment.authorised.v1", "payment.captured.v1"]);
    expect(world.known).toMatchObject({ status: "captured", call: null });
  });

  test("that is taken at once is given back whole where the booking does not come to be, and both are told", () => {
    const world = new PaymentWorld().held("pm_card_visa", true).call().booking(2, settle(0)).call();
    expect(world.stripe.keptMinor()).toBe(0);
    expect(world.types()).toEqual(["payment.authorised.v1", "payment.captured.v1", "refund.succeeded.v1"]);
  });

  test("that is taken at once, by a guest who was told that it is declined, goes back by itself", () => {
    const world = new PaymentWorld("declined").held("pm_card_visa", true).call();
    expect(world.known.status).toBe("declined");
    world.stripe.guestPays();
    world.settle();
    expect(world.stripe.intents).toMatchObject([{ receivedMinor: totalMinor, refundedMinor: totalMinor }]);
    expect(world.types()).toEqual(["payment.declined.v1", "payment.captured.v1", "refund.succeeded.v1"]);
  });

  test("is not parked for an outage that is everybody's, however long, and goes on when it is over", () => {
    const world = new PaymentWorld().held();
    for (let tries = 0; tries < 100; tries += 1) {
      const reason = tries % 5 === 0 ? "timeout" : "paused";
      world.answer(world.known.call?.key ?? "", { outcome: "failed", reason, kept: false, waitMs: 5_000 });
      expect(world.known).toMatchObject({ failures: 0, parkedReason: null });
      world.wait();
    }
    world.call();
    expect(world.types()).toEqual(["payment.authorised.v1"]);
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

  test("gives back what turns up at Stripe after it was told that nothing is taken", () => {
    const world = new PaymentWorld().held();
    const created = world.known.call!;
    world.booking(2, expire).call("busy").settle();
    expect(world.types()).toEqual(["payment.voided.v1"]);
    world.stripe.call(world.known, created, "none");
    for (const facts of world.stripe.snapshots(world.known)) world.facts(facts);
    expect(world.known.call?.purpose).toBe("cancel");
    world.settle();
    expect(world.stripe.capturableMinor()).toBe(0);
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

  describe("with a refund that the bank sent back", () => {
    const sentBack = () => {
      const world = new PaymentWorld().held().call().booking(2, capture).call().booking(3, settle(2_500));
      for (const state of ["pending", "failed"] as const) {
        const refund = { refundId: "re_1", state };
        world.answer(world.known.call?.key ?? "", { outcome: "done", intent: null, refund });
      }
      return world;
    };

    test("waits for a person, however many webhooks tell of it", () => {
      const world = sentBack();
      for (let webhook = 0; webhook < 5; webhook += 1) {
        world.refundNotice();
        expect(world.known.call?.purpose).toBe("look");
        for (let failure = 0; failure < defaultPatience.failuresMax; failure += 1) world.call("busy");
        world.call();
        expect(world.known).toMatchObject({
          parkedReason: "refund-failed",
          call: null,
          nextAttemptAt: null,
        });
      }
      expect(world.stripe.keptMinor()).toBe(totalMinor);
    });

    test("is done once the money was given back by hand", () => {
      const world = sentBack();
      for (const intent of world.stripe.intents) intent.refundedMinor = 7_500;
      world.refundNotice().call();
      expect(world.known).toMatchObject({ parkedReason: null, status: "refunded", call: null });
      expect(world.refunds.map(({ amountMinor }) => amountMinor)).toEqual([7_500]);
    });

    test("tries again when booking asks for something else", () => {
      const world = sentBack().refundNotice().call().booking(4, settle(0)).call();
      expect(world.known).toMatchObject({ parkedReason: null, status: "refunded", call: null });
      expect(world.stripe.keptMinor()).toBe(0);
    });
  });

  test("gives back once, and charges once, also where the answer was lost a day ago and Stripe forgot the key", () => {
    const world = new PaymentWorld().held().call("dropped").beAwayForADay().settle();
    expect(world.stripe.intents).toHaveLength(1);
    expect(world.types()).toEqual(["payment.authorised.v1"]);
    world.booking(2, capture).call().booking(3, settle(7_000)).call("dropped").beAwayForADay().settle();
    expect(world.stripe.keptMinor()).toBe(7_000);
    expect(world.known).toMatchObject({ status: "refunded", refundedMinor: 3_000, call: null });
  });

  test("plans a call anew that Stripe never got, a day later", () => {
    const world = new PaymentWorld().held().call().booking(2, capture).call("busy").beAwayForADay().settle();
    expect(world.stripe.keptMinor()).toBe(totalMinor);
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
      .booking(1, { asked: "authorise", by: paidBy(null) }, 0)
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

  test("parks an authorisation lost under a confirmed booking, says so, and answers when that is called off", () => {
    const world = new PaymentWorld().held().call();
    for (const intent of world.stripe.intents)
      Object.assign(intent, { state: "cancelled", capturableMinor: 0 });
    world.booking(2, capture).settle();
    expect(world.known.parkedReason).toBe("authorisation-lost");
    expect(world.types()).toEqual(["payment.authorised.v1", "payment.voided.v1"]);
    world.booking(3, settle(0)).settle();
    expect(world.types()).toEqual(["payment.authorised.v1", "payment.voided.v1", "payment.voided.v1"]);
    expect(world.known).toMatchObject({ status: "voided", parkedReason: null, call: null });
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
