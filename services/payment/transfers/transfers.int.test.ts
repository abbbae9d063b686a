import { transferReversed, transferSent } from "@holdfast/contracts/events/payment";
import { vendorSuspended, vendorVerified } from "@holdfast/contracts/events/catalog";
import { newId } from "@holdfast/contracts/ids";
import { until } from "@holdfast/testkit/until";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { expectBooksAgree } from "../books-agree.fixture.ts";
import { disputesIn } from "../disputes/dispute-world.fixture.ts";
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

const operator = { userId: newId("usr"), roles: ["admin" as const] };

describe("what a vendor earned", () => {
  test("is sent once it is old enough, and taken back when the guest gets it back, to the cent", async () => {
    const { vendor, booking } = await earning();
    expect(await paid.balanceOf(vendor)).toMatchObject({ pendingMinor: earnedMinor, payableMinor: 0 });
    expect(await paid.balances(vendor)).toEqual(paid.agreed(earnedMinor));
    await paid.days();
    const [transfer] = await paid.moved(vendor, 1);
    expect(transfer).toMatchObject({
      kind: "transfer",
      amount: { amountMinor: earnedMinor, currency: "EUR" },
    });
    expect(await paid.balances(vendor)).toEqual(paid.agreed(0));

    await paid.giveBack(booking, 5_000);
    const [, reversal] = await paid.moved(vendor, 2);
    expect(reversal).toMatchObject({
      kind: "reversal",
      amount: { amountMinor: 4_370 },
      reverses: transfer?.transferId,
      bookingId: booking.bookingId,
    });
    expect(await paid.atStripe(vendor)).toEqual([{ amount: earnedMinor, reversed: 4_370, currency: "eur" }]);
    expect(await paid.balances(vendor)).toEqual(paid.agreed(0));

    const [{ openingMinor, lines, closingMinor } = { lines: [] }] = (await paid.statementOf(vendor))
      .currencies;
    expect([openingMinor, closingMinor]).toEqual([0, 0]);
    expect(lines.map(({ kind, amountMinor, balanceMinor }) => [kind, amountMinor, balanceMinor])).toEqual([
      ["settlement", 8_740, 8_740],
      ["transfer", -8_740, 0],
      ["resettlement", -4_370, -4_370],
      ["transfer-reversal", 4_370, 0],
    ]);
    expect(lines[0]).toMatchObject({
      bookingId: booking.bookingId,
      transferId: transfer?.transferId,
      takenMinor: 10_000,
      commissionMinor: 1_260,
      taxMinor: 1_597,
    });
    const about = ({ data }: { readonly data: { readonly vendorId: string } }) =>
      data.vendorId === vendor.vendorId;
    const sent = (await world.tap.collected(transferSent)).filter(about);
    const reversed = (await world.tap.collected(transferReversed)).filter(about);
    expect([sent, reversed].map((events) => events.map(({ data }) => data.amount.amountMinor))).toEqual([
      [8_740],
      [4_370],
    ]);
  });

  test("goes with one transfer on the vendor's day, and no other day", async () => {
    const now = await world.moveClock(0);
    // Two days away at least, so that what was earned is old enough by then.
    const weekday = now.add({ hours: 72 }).toZonedDateTimeISO("UTC").dayOfWeek;
    const { vendor, booking } = await earning({ interval: "weekly", weekday, holdDays: 1 });
    const bookings = [booking, await paid.earn(vendor)];
    await paid.days(2);
    await until("what was earned to be payable", async () => {
      const balance = await paid.balanceOf(vendor);
      return balance?.payableMinor === 2 * earnedMinor;
    });
    expect(await paid.transfersOf(vendor)).toEqual([]);
    await paid.days(1);
    const [transfer] = await paid.moved(vendor, 1);
    expect(transfer?.amount.amountMinor).toBe(2 * earnedMinor);
    expect(await paid.atStripe(vendor)).toHaveLength(1);
    const { currencies } = await paid.statementOf(vendor);
    const settled = currencies[0]?.lines.filter(({ kind }) => kind === "settlement") ?? [];
    expect(settled.map(({ bookingId, transferId }) => [bookingId, transferId])).toEqual(
      bookings.map(({ bookingId }) => [bookingId, transfer?.transferId]),
    );
  });

  test("is sent in each currency by itself", async () => {
    const { vendor } = await earning();
    await paid.earn(vendor, { total: { amountMinor: 5_000, currency: "USD" } });
    await paid.days();
    const transfers = await paid.moved(vendor, 2);
    expect(transfers.map(({ amount }) => amount.currency).toSorted()).toEqual(["EUR", "USD"]);
    expect(await paid.balances(vendor)).toEqual(paid.agreed(0));
    expect(await paid.balances(vendor, "USD")).toEqual(paid.agreed(0));
  });

  test("waits while the provider does not let the vendor be paid, and is sent when it does", async () => {
    const { vendor } = await earning();
    const { accountId } = await vendor.reaches("enabled");
    await vendors.atStripe(`accounts/${accountId}/restrict`);
    await vendor.reaches("restricted");
    await paid.days();
    expect(await paid.balanceOf(vendor)).toMatchObject({
      payableMinor: earnedMinor,
      hindrance: "account-not-enabled",
    });
    await vendors.atStripe(`accounts/${accountId}/onboard`);
    await paid.moved(vendor, 1);
    expect(await paid.balances(vendor)).toEqual(paid.agreed(0));
  });

  test("waits while the vendor has no account, or is suspended", async () => {
    const vendor = await vendors.register();
    await paid.earn(vendor);
    await paid.days(10);
    expect(await paid.balanceOf(vendor)).toMatchObject({
      payableMinor: earnedMinor,
      hindrance: "no-account",
    });
    const { vendorId } = vendor;
    const data = { vendorId, ownerId: vendor.owner.userId, name: "Salon" };
    const suspended = { subject: vendorId, version: 5, data: { ...data, reason: "" } };
    await vendors.takenIn(await world.tap.emit(vendorSuspended, suspended));
    await vendor.onboard();
    await paid.days(1);
    expect(await paid.balanceOf(vendor)).toMatchObject({ hindrance: "vendor-suspended" });
    expect(await paid.transfersOf(vendor)).toEqual([]);
    await vendors.takenIn(await world.tap.emit(vendorVerified, { subject: vendorId, version: 6, data }));
    expect(await paid.moved(vendor, 1)).toHaveLength(1);
  });
});

describe("a booking that a guest disputes", () => {
  test("is not paid for until that is decided; other bookings are", async () => {
    const { vendor, booking: disputed } = await earning();
    await paid.earn(vendor);
    const { dispute, decide, reachesState } = disputesIn(world);
    const disputeId = await dispute(disputed);
    await reachesState(disputed, "open");
    await paid.days();
    expect(await paid.moved(vendor, 1)).toMatchObject([{ amount: { amountMinor: earnedMinor } }]);
    expect(await paid.balanceOf(vendor)).toMatchObject({ frozenMinor: earnedMinor, payableMinor: 0 });
    await decide(disputeId, "won");
    await reachesState(disputed, "won");
    await paid.days(1);
    await paid.moved(vendor, 2);
    expect(await paid.balances(vendor)).toEqual(paid.agreed(0));
  });

  test("and whose dispute is lost after it was paid for has its money taken back", async () => {
    const { vendor, booking } = await earning();
    await paid.days();
    await paid.moved(vendor, 1);
    const { dispute, decide } = disputesIn(world);
    await decide(await dispute(booking), "lost");
    const [, reversal] = await paid.moved(vendor, 2);
    expect(reversal).toMatchObject({ kind: "reversal", amount: { amountMinor: earnedMinor } });
    expect(await paid.balances(vendor)).toEqual(paid.agreed(0));
  });
});

describe("a transfer the provider refuses", () => {
  test("is parked and listed, its money is the vendor's again, and an operator's retry sends it", async () => {
    const { vendor } = await earning();
    const refused = {
      operation: "transfers.create",
      outcome: "refused",
      code: "balance_insufficient",
    } as const;
    world.stripe.setSwitches({ faults: [refused] });
    await paid.days();
    expect(await paid.moved(vendor, 1, "refused")).toMatchObject([{ reason: "balance_insufficient" }]);
    expect(await paid.balanceOf(vendor)).toMatchObject({
      payableMinor: earnedMinor,
      onItsWayMinor: 0,
      hindrance: "refused",
      reason: "balance_insufficient",
    });
    const listed = await vendors.call(operator, "GET", "/v1/operations/payouts?limit=100");
    const mine = (listed.body["items"] as { vendorId: string }[]).filter(
      ({ vendorId }) => vendorId === vendor.vendorId,
    );
    expect(mine).toMatchObject([{ reason: "balance_insufficient", refusals: 1, currency: "EUR" }]);
    // Money earned meanwhile goes along.
    await paid.earn(vendor);
    await paid.days();
    const retry = `/v1/operations/payouts/${vendor.vendorId}/retry`;
    expect((await vendors.call(operator, "POST", retry)).status).toBe(204);
    expect(await paid.moved(vendor, 1)).toMatchObject([{ amount: { amountMinor: 2 * earnedMinor } }]);
    expect(await paid.balanceOf(vendor)).toMatchObject({ hindrance: null, balanceMinor: 0 });
    expect(await paid.balances(vendor)).toEqual(paid.agreed(0));
  });

  test("for want of an account that may be paid has the account looked at, and is sent once it may", async () => {
    const { vendor } = await earning();
    const { accountId } = await vendor.reaches("enabled");
    world.stripe.setSwitches({ webhooks: "off" });
    await vendors.atStripe(`accounts/${accountId}/restrict`);
    await paid.days();
    await paid.moved(vendor, 1, "refused");
    await vendor.reaches("restricted");
    await vendors.atStripe(`accounts/${accountId}/onboard`);
    await paid.moved(vendor, 1);
    expect(await paid.atStripe(vendor)).toHaveLength(1);
  });
});

describe("money is moved once", () => {
  test("where the answer to a transfer, and to its reversal, is lost, before its effect or after", async () => {
    const outcomes = ["timeout-after", "timeout-before", "cut-after", "cut-before"] as const;
    const all = await Promise.all(outcomes.map(() => earning()));
    world.stripe.setSwitches({
      faults: ["transfers.create", "transfers.createReversal"].flatMap((operation) =>
        outcomes.map((outcome) => ({ operation, outcome })),
      ),
    });
    await paid.days();
    await Promise.all(all.map(({ vendor }) => paid.moved(vendor, 1)));
    await Promise.all(all.map(({ booking }) => paid.giveBack(booking, 10_000)));
    await Promise.all(all.map(({ vendor }) => paid.moved(vendor, 2)));
    for (const { vendor } of all) {
      expect(await paid.atStripe(vendor)).toEqual([
        { amount: earnedMinor, reversed: earnedMinor, currency: "eur" },
      ]);
      expect(await paid.balances(vendor)).toEqual(paid.agreed(0));
    }
  });

  test("where keys may be forgotten: what was sent and taken back is looked for, and found", async () => {
    const [{ vendor: sent }, { vendor: reversed, booking }] = await Promise.all([earning(), earning()]);
    await paid.days();
    await Promise.all([paid.moved(sent, 1), paid.moved(reversed, 1)]);
    await paid.giveBack(booking, 10_000);
    await paid.moved(reversed, 2);
    const before = [await paid.atStripe(sent), await paid.atStripe(reversed)];
    // As if the calls' answers had been lost a day ago.
    const { rowCount } = await world.sql.query(
      `update transfers set state = 'planned', provider_id = null, next_attempt_at = now(),
         call = json_build_object('purpose', 'create', 'key', 'transfer:' || id || ':create:1', 'failures', 0,
           'plannedAtMs', 0)
       where (vendor_id = $1 and kind = 'transfer') or (vendor_id = $2 and kind = 'reversal')`,
      [sent.vendorId, reversed.vendorId],
    );
    expect(rowCount).toBe(2);
    await world.sql.query(
      "update transfers set reversing_minor = reversed_minor, reversed_minor = 0 where vendor_id = $1 and kind = 'transfer'",
      [reversed.vendorId],
    );
    await Promise.all([paid.moved(sent, 1), paid.moved(reversed, 2)]);
    expect([await paid.atStripe(sent), await paid.atStripe(reversed)]).toEqual(before);
    for (const vendor of [sent, reversed]) expect(await paid.balances(vendor)).toEqual(paid.agreed(0));
  });
});
