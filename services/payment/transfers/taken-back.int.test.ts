import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { expectBooksAgree } from "../books-agree.fixture.ts";
import { type PaymentWorld, startPaymentWorld } from "../payment-service.fixture.ts";
import { type Vendors, vendorsOf } from "../payouts/vendor-world.fixture.ts";
import { earnedMinor, earningVendor, payouts } from "./paid-out.fixture.ts";

let world: PaymentWorld;
let vendors: Vendors;
let paid: ReturnType<typeof payouts>;

beforeAll(async () => {
  world = await startPaymentWorld();
  vendors = vendorsOf(world);
  paid = payouts(world);
}, 120_000);
afterEach(() => {
  world.stripe.resetSwitches();
});
afterAll(async () => {
  try {
    await expectBooksAgree(world);
  } finally {
    await world[Symbol.asyncDispose]();
  }
});

const earning = (schedule?: object) => earningVendor(vendors, paid, schedule);

describe("what cannot be taken back", () => {
  test("is owed still, and the next transfer is the smaller for it", async () => {
    const { vendor, booking } = await earning();
    await paid.days();
    await paid.moved(vendor, 1);
    const refused = {
      operation: "transfers.createReversal",
      outcome: "refused",
      code: "balance_insufficient",
    } as const;
    world.stripe.setSwitches({ faults: [refused] });
    await paid.giveBack(booking, 5_000);
    await paid.moved(vendor, 1, "refused");
    expect(await paid.balances(vendor)).toEqual(paid.agreed(-4_370));
    expect(await paid.balanceOf(vendor)).toMatchObject({ payableMinor: -4_370, hindrance: null });
    await paid.days();
    expect(await paid.atStripe(vendor)).toHaveLength(1);
    await paid.earn(vendor);
    await paid.days();
    const [, next] = (await paid.moved(vendor, 2)).filter(({ kind }) => kind === "transfer");
    expect(next?.amount.amountMinor).toBe(earnedMinor - 4_370);
    expect(await paid.balances(vendor)).toEqual(paid.agreed(0));
  });

  test("since it was never sent is taken off what is", async () => {
    const { vendor, booking } = await earning();
    await paid.giveBack(booking, 5_000);
    await paid.days();
    const transfers = await paid.moved(vendor, 1);
    expect(transfers).toMatchObject([{ kind: "transfer", amount: { amountMinor: 4_370 } }]);
    expect(await paid.balances(vendor)).toEqual(paid.agreed(0));
  });
});

describe("what is being taken back", () => {
  test("holds up what the vendor is to be sent until it is known, so that no debt counts twice", async () => {
    const [{ vendor, booking }, { vendor: other }] = await Promise.all([earning(), earning()]);
    await paid.days();
    await Promise.all([vendor, other].map((one) => paid.moved(one, 1)));
    const unanswered = {
      operation: "transfers.createReversal",
      outcome: "cut-before",
      times: 1_000,
    } as const;
    world.stripe.setSwitches({ faults: [unanswered] });
    await paid.giveBack(booking, 5_000);
    await paid.moved(vendor, 1, "planned");
    await Promise.all([vendor, other].map((one) => paid.earn(one)));
    await paid.days();
    // Whose day it was as well, but for whom nothing is being taken back.
    await paid.moved(other, 2);
    expect((await paid.transfersOf(vendor)).map(({ kind }) => kind)).toEqual(["reversal", "transfer"]);
    world.stripe.resetSwitches();
    const moved = await paid.moved(vendor, 3);
    expect(moved.map(({ kind, amount }) => [kind, amount.amountMinor])).toEqual([
      ["transfer", earnedMinor],
      ["reversal", 4_370],
      ["transfer", earnedMinor],
    ]);
    expect(await paid.balances(vendor)).toEqual(paid.agreed(0));
  });
});
