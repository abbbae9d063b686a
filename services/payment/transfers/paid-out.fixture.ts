/** Vendors that earn money, and what payment, its ledger and the stand-in each say became of it. */
import assert from "node:assert";
import type { TransferView, VendorBalance, VendorStatement } from "@holdfast/contracts/api/earnings";
import type { BookingFacts } from "@holdfast/contracts/events/booking";
import { until } from "@holdfast/testkit/until";
import { settledIn } from "../ledger/settled-bookings.fixture.ts";
import type { KillableWorld, TestBooking } from "../payment-service.fixture.ts";
import type { TestVendor, Vendors } from "../payouts/vendor-world.fixture.ts";

type World = Pick<KillableWorld, "book" | "reaches" | "sql" | "stripe" | "books" | "moveClock">;

/** What a vendor gets of a test's booking: 100.00 less its commission; 15.97 of it is tax. */
export const earnedMinor = 8_740;

const ever = "from=2020-01-01&to=2199-12-31";

/** What is said of a vendor's money, and by whom. */
function booksOf(world: World) {
  const balanceOf = async (vendor: TestVendor, currency = "EUR") => {
    const { currencies } = (await vendor.ask("GET", "balance")).body as unknown as VendorBalance;
    return currencies.find((one) => one.currency === currency);
  };
  const statementOf = async (vendor: TestVendor, days = ever) =>
    (await vendor.ask("GET", `statements?${days}`)).body as unknown as VendorStatement;

  /** What the stand-in's books say the vendor's account was sent and has given back. */
  const atStripe = async (vendor: TestVendor) => {
    const { accountId } = await vendor.account();
    return world.stripe
      .ledger()
      .transfers.filter(({ destination }) => destination === accountId)
      .map(({ amount, reversed, currency }) => ({ amount, reversed, currency }));
  };

  /** The balance by four ways that must agree: as shown, by statement, by ledger, and items less what is at Stripe. */
  const balances = async (vendor: TestVendor, currency = "EUR") => {
    const { rows } = await world.sql.query<{ ledger: string; items: string }>(
      `select (select coalesce(-sum(e.amount_minor), 0) from ledger_transactions t
           join ledger_entries e on e.transaction_id = t.id
           where t.vendor_id = $1 and e.currency = $2 and e.account in ('vendor-payable', 'tax')) as ledger,
         (select coalesce(sum(amount_minor), 0) from vendor_items
           where vendor_id = $1 and currency = $2 and kind <> 'transfer-reversal') as items`,
      [vendor.vendorId, currency],
    );
    const sent = (await atStripe(vendor))
      .filter((one) => one.currency === currency.toLowerCase())
      .reduce((sum, { amount, reversed }) => sum + amount - reversed, 0);
    const { currencies } = await statementOf(vendor);
    return {
      shown: (await balanceOf(vendor, currency))?.balanceMinor ?? 0,
      statement: currencies.find((one) => one.currency === currency)?.closingMinor ?? 0,
      ledger: Number(rows[0]?.ledger),
      items: Number(rows[0]?.items) - sent,
    };
  };
  return { balanceOf, statementOf, atStripe, balances };
}

export function payouts(world: World) {
  /** A booking of the vendor's that took place, settled. */
  const earn = async (
    vendor: TestVendor,
    more: Pick<Partial<BookingFacts>, "total"> = {},
  ): Promise<TestBooking> => {
    const booking = world.book({ vendorId: vendor.vendorId, ...more });
    await booking.held("pm_card_visa");
    await world.reaches(booking, "authorised");
    await booking.confirmed();
    await world.reaches(booking, "captured");
    await booking.completed();
    await settledIn(world, booking);
    return booking;
  };

  /** Money goes back to the guest, by hand at Stripe, and the vendor's share of it is settled anew. */
  const giveBack = async (booking: TestBooking, amountMinor: number, times = 2): Promise<void> => {
    const [intent] = world.books(booking);
    const response = await fetch(`${world.stripe.url}/v1/refunds`, {
      method: "POST",
      headers: { authorization: "Bearer sk_test_holdfast" },
      body: new URLSearchParams({ payment_intent: intent?.id ?? "", amount: String(amountMinor) }),
      signal: AbortSignal.timeout(5_000),
    });
    assert(response.ok, await response.text());
    await settledIn(world, booking, times);
  };

  const transfersOf = async (vendor: TestVendor): Promise<TransferView[]> =>
    (await vendor.ask("GET", "transfers")).body["items"] as TransferView[];
  /** The vendor's transfers and reversals in that state, oldest first, once there are so many. */
  const moved = (vendor: TestVendor, count: number, state: TransferView["state"] = "sent") =>
    until(`${count} of ${vendor.vendorId} to be ${state}`, async () => {
      const found = (await transfersOf(vendor)).filter((one) => one.state === state).toReversed();
      return found.length >= count && found;
    });

  const books = booksOf(world);
  const agreed = (minor: number) => ({ shown: minor, statement: minor, ledger: minor, items: minor });

  return {
    earn,
    giveBack,
    transfersOf,
    moved,
    ...books,
    agreed,
    /** Lets what was earned become old enough to be sent, and the next payout's day come. */
    async days(count = 3) {
      await world.moveClock(count * 24);
    },
  };
}

/** A vendor that can be paid out, with a booking that took place. */
export async function earningVendor(
  vendors: Vendors,
  paid: ReturnType<typeof payouts>,
  schedule: object = { interval: "daily", holdDays: 1 },
): Promise<{ readonly vendor: TestVendor; readonly booking: TestBooking }> {
  const vendor = await vendors.register();
  const set = await vendor.ask("PUT", "payout-schedule", schedule);
  assert.equal(set.status, 200);
  const [booking] = await Promise.all([paid.earn(vendor), vendor.onboard()]);
  return { vendor, booking };
}
