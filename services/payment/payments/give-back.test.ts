import { describe, expect, test } from "vitest";
import { giveBack, givableMinor } from "./give-back.ts";
import { PaymentWorld, totalMinor } from "./payment-world.fixture.ts";

/** A booking that is paid, moved to a dearer time, and paid for again. */
function moved(): PaymentWorld {
  return new PaymentWorld()
    .held()
    .call()
    .booking(2, { asked: "capture" })
    .call()
    .changeHeld(3, 2, 3_000)
    .call("none", 2)
    .booking(4, { asked: "move", keepMinor: totalMinor + 3_000, charge: 2 })
    .call("none", 2);
}

const targets = (world: PaymentWorld) => world.charges.map(({ targetMinor }) => targetMinor);

describe("giving back on top", () => {
  test("begins with the latest charge, and each remembers what was given of it", () => {
    const world = moved();
    expect(givableMinor(world.charges)).toBe(totalMinor + 3_000);
    world.giveBack(20);
    expect(targets(world)).toEqual([totalMinor, 400]);
    world.giveBack(50);
    expect(targets(world)).toEqual([5_200, 0]);
    expect(world.charges.map(({ goodwillMinor }) => goodwillMinor)).toEqual([4_800, 3_000]);
    world.settle();
    expect(world.stripe.keptMinor()).toBe(5_200);
  });

  test("changes only the charges that give something", () => {
    const { charges, circumstances } = moved();
    expect(giveBack(charges, 1_000, circumstances).map(({ payment }) => payment.charge)).toEqual([2]);
    expect(givableMinor(charges)).toBe(totalMinor + 3_000);
  });

  test("has nothing to give of what is not taken, or is on its way back already", () => {
    expect(givableMinor(new PaymentWorld().held().call().charges)).toBe(0);
    const world = moved().booking(5, { asked: "settle", keepMinor: 4_000, afterDecline: false });
    expect(givableMinor(world.charges)).toBe(4_000);
  });

  test("of a payment that was taken at once has nothing to give before booking has decided", () => {
    expect(givableMinor(new PaymentWorld().held("pm_card_visa", true).call().charges)).toBe(0);
  });
});
