import { describe, expect, test } from "vitest";
import type { Wants } from "./booking-news.ts";
import { keptMinor } from "./payment.ts";
import { PaymentWorld, totalMinor } from "./payment-world.fixture.ts";

const capture: Wants = { asked: "capture" };
const settle = (keepMinor: number): Wants => ({ asked: "settle", keepMinor, afterDecline: false });
const move = (keepMinor: number, charge: number | null = null): Wants => ({
  asked: "move",
  keepMinor,
  charge,
});

const confirmed = () => new PaymentWorld().held().call().booking(2, capture).call();
/** Moved once, to a time that costs 3,000 more. */
const movedToDearer = () =>
  confirmed().changeHeld(3, 2, 3_000).call("none", 2).booking(4, move(13_000, 2)).settle();

const kept = (world: PaymentWorld) => world.charges.map(keptMinor);
const told = (world: PaymentWorld) =>
  world.announced.map(({ event, data }) => `${event.type} ${(data as { charge: number }).charge}`);

describe("a move to a dearer time", () => {
  test("authorises the difference as a charge of its own, and takes it once booking has moved", () => {
    const world = confirmed().changeHeld(3, 2, 3_000).call("none", 2);
    expect(world.charge(2)).toMatchObject({ status: "authorised", amountMinor: 3_000 });
    expect(world.stripe.keptMinor()).toBe(totalMinor);
    world.booking(4, move(13_000, 2)).settle();
    expect(kept(world)).toEqual([totalMinor, 3_000]);
    expect(world.announced.at(-1)?.data).toMatchObject({
      charge: 2,
      captured: { amountMinor: 3_000 },
      keptMinor: 13_000,
    });
  });

  test("numbers the difference's idempotency keys apart from the booking's own, which stay as they were", () => {
    const world = confirmed().changeHeld(3, 2, 3_000);
    const { bookingId, call } = world.charge(2);
    expect(call?.key).toBe(`booking:${bookingId}/2:authorise:1`);
    world.call("none", 2).booking(4, move(13_000, 2));
    expect(world.charge(2).call?.key).toBe(`booking:${bookingId}/2:capture:2`);
    world.call("none", 2).booking(5, settle(0));
    expect(world.known.call?.key).toBe(`booking:${bookingId}:refund:3`);
  });

  test("lets the guest pay the difference on their side where no payment method came", () => {
    const world = confirmed().changeHeld(3, 2, 3_000, null).call("none", 2);
    expect(told(world).at(-1)).toBe("payment.action-required.v1 2");
    world.stripe.guestPays();
    world.wait(2).call("none", 2);
    expect(told(world).at(-1)).toBe("payment.authorised.v1 2");
  });

  test("declined takes nothing and leaves the booking's own charge alone", () => {
    const world = confirmed();
    world.stripe.card = "declined";
    world.changeHeld(3, 2, 3_000).call("none", 2).booking(4, { asked: "drop", charge: 2 }).settle();
    expect(told(world).at(-1)).toBe("payment.declined.v1 2");
    expect(world.known).toMatchObject({ status: "captured", targetMinor: totalMinor });
    expect(kept(world)).toEqual([totalMinor, 0]);
    expect(world.stripe.intents.map(({ state }) => state)).toEqual(["captured", "cancelled"]);
  });

  test("dropped before the guest paid gives back what they pay too late, and tells what the booking keeps", () => {
    const world = confirmed().changeHeld(3, 2, 3_000, null).call("none", 2);
    world.booking(4, { asked: "drop", charge: 2 });
    world.stripe.guestPays();
    world.settle();
    expect(world.stripe.capturableMinor()).toBe(0);
    expect(told(world).at(-1)).toBe("payment.voided.v1 2");
    expect(world.announced.at(-1)?.data).toMatchObject({ keptMinor: 0, bookingKeptMinor: totalMinor });
  });

  test("held before its booking's confirmation has come leaves the confirmation in force", () => {
    const world = new PaymentWorld().held().call().changeHeld(3, 2, 3_000).call("none", 2);
    world.booking(4, move(13_000, 2)).booking(2, capture).settle();
    expect(kept(world)).toEqual([totalMinor, 3_000]);
  });

  test("whose authorisation is lost after it was accepted waits for a person", () => {
    const world = confirmed().changeHeld(3, 2, 3_000).call("none", 2);
    Object.assign(world.stripe.intents.at(-1)!, { state: "cancelled", capturableMinor: 0 });
    world.booking(4, move(13_000, 2)).settle();
    expect(world.charge(2).parkedReason).toBe("authorisation-lost");
    expect(kept(world)).toEqual([totalMinor, 0]);
  });
});

describe("a difference whose news come late", () => {
  test("is never asked of Stripe once the booking was cancelled", () => {
    const world = confirmed().booking(5, settle(4_000)).settle().changeHeld(3, 2, 3_000).settle();
    expect(world.charge(2)).toMatchObject({ status: "voided", calls: 0, call: null });
    expect(world.stripe.intents).toHaveLength(1);
    expect(kept(world)).toEqual([4_000, 0]);
  });

  test("is never asked of Stripe once it was dropped, and the booking stands", () => {
    const world = confirmed().booking(4, { asked: "drop", charge: 2 }).changeHeld(3, 2, 3_000).settle();
    expect(world.charge(2)).toMatchObject({ status: "voided", calls: 0 });
    expect(world.stripe.intents).toHaveLength(1);
    expect(kept(world)).toEqual([totalMinor, 0]);
  });

  test("is not ended by an older move to a cheaper time, which gives back its part all the same", () => {
    const world = confirmed().changeHeld(4, 2, 3_000).call("none", 2).booking(3, move(6_000)).settle();
    expect(world.charge(2).status).toBe("authorised");
    world.booking(5, move(9_000, 2)).settle();
    expect(kept(world)).toEqual([6_000, 3_000]);
  });

  test("accepted and never heard of waits for a person, and is taken once its news come", () => {
    const world = confirmed().booking(4, move(13_000, 2)).settle();
    expect(world.charge(2)).toMatchObject({ amountMinor: 3_000, parkedReason: "confirmed-without-payment" });
    world.changeHeld(3, 2, 3_000).settle();
    expect(kept(world)).toEqual([totalMinor, 3_000]);
  });
});

describe("what several charges keep", () => {
  test.each([
    [13_000, [totalMinor, 3_000]],
    [12_000, [totalMinor, 2_000]],
    [6_500, [6_500, 0]],
    [0, [0, 0]],
  ])("when %i are kept is given back by the later ones first", (keepMinor, shares) => {
    const world = movedToDearer().booking(5, settle(keepMinor)).settle();
    expect(kept(world)).toEqual(shares);
    expect(world.stripe.keptMinor()).toBe(keepMinor);
  });

  test("is the price after a cheaper time and then a dearer one: what was given back is not taken again", () => {
    const world = confirmed().booking(3, move(6_000)).settle();
    expect(kept(world)).toEqual([6_000]);
    world.changeHeld(4, 2, 5_000).call("none", 2).booking(5, move(11_000, 2)).settle();
    expect(kept(world)).toEqual([6_000, 5_000]);
  });

  test("is taken in part only of charges that were not captured yet", () => {
    const world = new PaymentWorld().held().call().changeHeld(3, 2, 3_000).call("none", 2);
    world.booking(5, settle(11_000)).booking(4, move(13_000, 2)).booking(2, capture).settle();
    expect(kept(world)).toEqual([totalMinor, 1_000]);
    expect(world.refunds).toEqual([]);
  });

  test("is of the booking's own charge where a change was on its way and nobody accepted it", () => {
    const world = confirmed().changeHeld(3, 2, 3_000).call("none", 2).booking(4, settle(7_000)).settle();
    expect(kept(world)).toEqual([7_000, 0]);
    expect(world.stripe.capturableMinor()).toBe(0);
  });

  test("leaves out a change that ended in news not yet come, for the one accepted after it", () => {
    const world = confirmed().changeHeld(3, 2, 3_000).call("none", 2);
    world.changeHeld(5, 3, 3_000).call("none", 3).booking(6, move(13_000, 3)).settle();
    expect(kept(world)).toEqual([totalMinor, 0, 3_000]);
    expect(world.stripe.capturableMinor()).toBe(0);
  });

  test("is not waited for from a change that nobody paid, where it is not known yet which was accepted", () => {
    const world = confirmed().changeHeld(3, 2, 3_000, null).call("none", 2);
    world.changeHeld(5, 3, 3_000).call("none", 3).booking(7, settle(13_000)).settle();
    expect(kept(world)).toEqual([totalMinor, 0, 3_000]);
  });

  test("stays where one of two paid changes was taken for the other, once news of its end come", () => {
    const world = confirmed().changeHeld(3, 2, 3_000).call("none", 2).changeHeld(5, 3, 3_000).call("none", 3);
    world.booking(7, settle(13_000)).settle();
    expect(world.stripe.keptMinor()).toBe(13_000);
    world.booking(4, { asked: "drop", charge: 2 }).booking(6, move(13_000, 3)).settle();
    expect(world.stripe.keptMinor()).toBe(13_000);
    expect(world.stripe.capturableMinor()).toBe(0);
  });

  test("is settled also where a dropped change and the cancellation carry one version", () => {
    for (const dropsFirst of [true, false]) {
      const world = confirmed().changeHeld(3, 2, 3_000).call("none", 2);
      const drop = () => world.booking(4, { asked: "drop", charge: 2 });
      if (dropsFirst) drop();
      world.booking(4, settle(2_000));
      if (!dropsFirst) drop();
      world.settle();
      expect(kept(world)).toEqual([2_000, 0]);
    }
  });

  test("stays with a cheaper time whose authorisation is captured in part", () => {
    const world = new PaymentWorld().held().call().booking(2, capture).booking(3, move(6_000)).settle();
    expect(kept(world)).toEqual([6_000]);
    expect(world.announced.at(-1)?.data).toMatchObject({ keptMinor: 6_000 });
  });
});

test("a charge asks later for a fee that the capture's answer does not tell, books it once, and asks no more", () => {
  const world = new PaymentWorld().held().call().booking(2, { asked: "capture" }).call();
  world.changeHeld(3, 2, 1_001).call("none", 2);
  world.booking(4, { asked: "move", keepMinor: totalMinor + 1_001, charge: 2 }).call("none", 2);
  expect(world.charge(2)).toMatchObject({ status: "captured", fee: null, call: null });
  world.wait(2).call("none", 2);
  expect(world.charge(2)).toMatchObject({ fee: { amountMinor: 39, currency: "EUR" }, nextAttemptAt: null });
  expect(world.books.map(({ kind }) => kind)).toEqual(["capture", "capture", "fee"]);
});
