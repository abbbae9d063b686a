import { until } from "@holdfast/testkit/until";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { expectBooksAgree } from "../books-agree.fixture.ts";
import { type KillableWorld, startKillableWorld, type TestBooking } from "../payment-service.fixture.ts";
import { type TestVendor, type Vendors, vendorsOf } from "../payouts/vendor-world.fixture.ts";
import { earnedMinor, payouts } from "./paid-out.fixture.ts";

let world: KillableWorld;
let vendors: Vendors;
let paid: ReturnType<typeof payouts>;

beforeAll(async () => {
  world = await startKillableWorld();
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

type Kind = "transfer" | "reversal";

/** Waits until a call of that kind is written down for the vendor. */
const calling = ({ vendorId }: TestVendor, kind: Kind) =>
  until(`a ${kind} to be under way`, async () => {
    const { rowCount } = await world.sql.query(
      "select 1 from transfers where vendor_id = $1 and kind = $2 and call is not null",
      [vendorId, kind],
    );
    return rowCount === 1;
  });

/** Leads a vendor to where a call of that kind is the next to be made, and on with `go`. */
async function before(
  kind: Kind,
): Promise<{ readonly vendor: TestVendor; readonly go: () => Promise<void> }> {
  const vendor = await vendors.register();
  await vendor.ask("PUT", "payout-schedule", { interval: "daily", holdDays: 1 });
  const [booking] = await Promise.all([paid.earn(vendor), vendor.onboard()]);
  if (kind === "transfer") return { vendor, go: () => paid.days() };
  await paid.days();
  await paid.moved(vendor, 1);
  return { vendor, go: () => askBack(booking) };
}

/** Money goes back to the guest; that it is settled anew is not waited for. */
const askBack = (booking: TestBooking) => paid.giveBack(booking, 5_000);

const effects = {
  transfer: [{ amount: earnedMinor, reversed: 0, currency: "eur" }],
  reversal: [{ amount: earnedMinor, reversed: 4_370, currency: "eur" }],
} as const;
const done = { transfer: 1, reversal: 2 } as const;

async function moneyMovedOnce(vendor: TestVendor, kind: Kind): Promise<void> {
  await paid.moved(vendor, done[kind]);
  expect(await paid.atStripe(vendor)).toEqual(effects[kind]);
  expect(await paid.balances(vendor)).toEqual(paid.agreed(0));
}

test.each(["transfer", "reversal"] as const)(
  "killed between writing a %s down and Stripe's doing it: the successor has it done, once",
  async (kind) => {
    const { vendor, go } = await before(kind);
    const operation = kind === "transfer" ? "transfers.create" : "transfers.createReversal";
    world.stripe.setSwitches({ faults: [{ operation, outcome: "cut-before", times: 1_000 }] });
    const earlier = await paid.atStripe(vendor);
    await go();
    await calling(vendor, kind);
    await world.kill();
    expect(await atStripeNow(vendor)).toEqual(earlier);
    world.stripe.resetSwitches();
    await world.start();
    await moneyMovedOnce(vendor, kind);
  },
);

test.each(["transfer", "reversal"] as const)(
  "killed between Stripe's doing a %s and our recording it: it took effect once",
  async (kind) => {
    const { vendor, go } = await before(kind);
    // The vendor's account is locked here as soon as it is planned, so that the answer cannot be recorded once it comes.
    world.stripe.setSwitches({ latencyMs: 300 });
    await go();
    await calling(vendor, kind);
    const locker = await world.sql.connect();
    await locker.query("begin");
    await locker.query("select 1 from payout_accounts where vendor_id = $1 for update", [vendor.vendorId]);
    await until("Stripe to have done it", async () => {
      const [entry] = await atStripeNow(vendor);
      return entry?.reversed === effects[kind][0].reversed && entry.amount === earnedMinor;
    });
    await world.kill();
    await locker.query("rollback");
    locker.release();
    const { rows } = await world.sql.query("select state from transfers where vendor_id = $1 and kind = $2", [
      vendor.vendorId,
      kind,
    ]);
    expect(rows).toEqual([{ state: "planned" }]);
    world.stripe.resetSwitches();
    await world.start();
    await moneyMovedOnce(vendor, kind);
  },
);

/** As the stand-in has it, while the service may be down. */
async function atStripeNow({ vendorId }: TestVendor) {
  const { rows } = await world.sql.query<{ account_id: string }>(
    "select account_id from payout_accounts where vendor_id = $1",
    [vendorId],
  );
  return world.stripe
    .ledger()
    .transfers.filter(({ destination }) => destination === rows[0]?.account_id)
    .map(({ amount, reversed, currency }) => ({ amount, reversed, currency }));
}
