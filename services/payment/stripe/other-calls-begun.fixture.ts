/** Leads the subjects of `other-calls.fixture.ts` to where their calls are the next thing to happen, and has them begin. */
import { until } from "@holdfast/testkit/until";
import type { Stripe } from "stripe";
import type { KillableWorld, TestBooking } from "../payment-service.fixture.ts";
import { type TestVendor, vendorsOf } from "../payouts/vendor-world.fixture.ts";
import { payouts } from "../transfers/paid-out.fixture.ts";
import { balanceMinor, type Kind, lockRows, type Subject, wayNames } from "./other-calls.fixture.ts";

/** Transfers are told apart by their currency. */
const currencies = ["EUR", "USD", "GBP", "CHF", "SEK", "NOK", "DKK"] as const;
const givenBackMinor = 5_000;

/** Waits until all of these have come so far, with one question for all of them. */
async function allOf(
  { sql }: KillableWorld,
  bookings: readonly TestBooking[],
  what: "authorised" | "captured" | "settled" | "settled anew",
): Promise<void> {
  const reached =
    what === "authorised" || what === "captured"
      ? `from payments where charge = 1 and status = '${what}'`
      : `from settlements where times >= ${what === "settled" ? 1 : 2} and not due`;
  const ids = bookings.map(({ bookingId }) => bookingId);
  const isSo = async () => {
    const { rows } = await sql.query(`select ${reached} and booking_id = any($1)`, [ids]);
    return rows.length === bookings.length;
  };
  await until(`all bookings to be ${what}`, isSo, 30_000);
}

async function paidFor(world: KillableWorld, bookings: readonly TestBooking[]): Promise<void> {
  await Promise.all(bookings.map((booking) => booking.held("pm_card_visa")));
  await allOf(world, bookings, "authorised");
  await Promise.all(bookings.map((booking) => booking.confirmed()));
  await allOf(world, bookings, "captured");
}

async function settled(world: KillableWorld, bookings: readonly TestBooking[]): Promise<void> {
  await Promise.all(bookings.map((booking) => booking.completed()));
  await allOf(world, bookings, "settled");
}

async function payableVendor(world: KillableWorld): Promise<TestVendor> {
  const vendor = await vendorsOf(world).register();
  await vendor.ask("PUT", "payout-schedule", { interval: "daily", holdDays: 1 });
  await vendor.onboard();
  return vendor;
}

/** One transfer has paid for all of their bookings. */
async function reversals(world: KillableWorld): Promise<Subject[]> {
  const vendor = await payableVendor(world);
  const { vendorId } = vendor;
  return wayNames.map((way) => {
    return { kind: "reversal", way, vendor, booking: world.book({ vendorId }), currency: "EUR" };
  });
}

async function transfers(world: KillableWorld): Promise<Subject[]> {
  const vendor = await payableVendor(world);
  const { vendorId } = vendor;
  return wayNames.map((way, index) => {
    const currency = currencies[index]!;
    const booking = world.book({ vendorId, total: { amountMinor: 10_000, currency } });
    return { kind: "transfer", way, vendor, booking, currency };
  });
}

async function accounts(world: KillableWorld): Promise<Subject[]> {
  const { register } = vendorsOf(world);
  const vendors = await Promise.all(wayNames.map(() => register()));
  return wayNames.map((way, index) => {
    return { kind: "account", way, vendor: vendors[index]!, booking: null, currency: "EUR" };
  });
}

async function balances(world: KillableWorld): Promise<Subject[]> {
  const now = await world.moveClock(0);
  const at = (hours: number) => now.add({ hours }).toString({ smallestUnit: "millisecond" });
  const amount = { amountMinor: balanceMinor, currency: "EUR" };
  const balance = { charge: 2, amount, dueAt: at(10), givesUpAt: at(500) };
  return wayNames.map((way) => {
    const booking = world.book({ balance, startsAt: at(900), endsAt: at(901) });
    return { kind: "balance", way, vendor: null, booking, currency: "EUR" };
  });
}

const bookingsOf = (subjects: readonly Subject[], ...of: Kind[]) =>
  subjects.flatMap(({ kind, booking }) => (of.includes(kind) ? (booking ?? []) : []));

/** Subjects of every kind and way, so many times, each led to where its call is the next thing to happen. */
export async function prepare(world: KillableWorld, groups: number): Promise<Subject[][]> {
  const paid = payouts(world);
  const times = Array.from({ length: groups });
  // The clock is moved for these, so they come first.
  const sent = await Promise.all(times.map(() => reversals(world)));
  const earned = bookingsOf(sent.flat(), "reversal");
  await paidFor(world, earned);
  await settled(world, earned);
  await paid.days();
  await Promise.all(sent.map(([one]) => paid.moved(one!.vendor!, 1)));
  const made = await Promise.all(
    sent.map(async (those) => [
      ...those,
      ...(await Promise.all([accounts(world), transfers(world), balances(world)])).flat(),
    ]),
  );
  const all = made.flat();
  await paidFor(world, bookingsOf(all, "transfer", "balance"));
  await settled(world, bookingsOf(all, "transfer"));
  return made;
}

/** By hand at Stripe; the vendors' shares are settled anew. */
async function giveBack(world: KillableWorld, stripe: Stripe, bookings: readonly TestBooking[]) {
  const { rows } = await world.sql.query<{ intent: string }>(
    "select intent_id as intent from payments where booking_id = any($1)",
    [bookings.map(({ bookingId }) => bookingId)],
  );
  await Promise.all(
    rows.map(({ intent }) => stripe.refunds.create({ payment_intent: intent, amount: givenBackMinor })),
  );
  await allOf(world, bookings, "settled anew");
}

/** Has all of the calls written down; at Stripe each waits at the door. */
export async function trigger(
  world: KillableWorld,
  stripe: Stripe,
  subjects: readonly Subject[],
): Promise<void> {
  const vendorsWith = (of: Kind) =>
    subjects.flatMap(({ kind, vendor }) => (kind === of ? (vendor ?? []) : []));
  const owing = vendorsWith("reversal").map(({ vendorId }) => vendorId);
  // Behind the accounts' locks nothing is planned to be taken back until all of the guests have got their money.
  const release = await lockRows(world, "payout_accounts", "vendor_id", owing);
  try {
    await giveBack(world, stripe, bookingsOf(subjects, "reversal"));
    world.stripe.setSwitches({ pause: true });
  } finally {
    await release();
  }
  await payouts(world).days();
  await Promise.all(
    vendorsWith("account").map((vendor) => vendor.ask("POST", "payout-account", { country: "PT" })),
  );
}
