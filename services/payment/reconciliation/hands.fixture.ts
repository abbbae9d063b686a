/** What a test does at Stripe by hand, and to rows behind the service's back. */
import assert from "node:assert";
import type { BookingMoney } from "@holdfast/contracts/api/booking-money";
import { newId } from "@holdfast/contracts/ids";
import { Stripe } from "stripe";
import { type PaymentWorld, type TestBooking, totalMinor } from "../payment-service.fixture.ts";

export const paidBy = {
  payment_method: "pm_card_visa",
  confirm: true,
  return_url: "https://example.com",
} as const;
export const eur = { amount: 5_000, currency: "eur" } as const;
/** Nothing is judged of what such a booking keeps. */
export const undecided = { status: "held", step: "pay" } as const;

/** What is done to rows. */
function rowsOf({ sql }: PaymentWorld) {
  /** The ledger is append-only but to who may switch that off. */
  const unpost = async (kinds: readonly string[], bookingId: string) => {
    const which = "select id from ledger_transactions where booking_id = $1 and kind = any($2)";
    const tables = ["ledger_entries", "ledger_transactions"];
    for (const table of tables) await sql.query(`alter table ${table} disable trigger user`);
    await sql.query(`delete from vendor_items where transaction_id in (${which})`, [bookingId, kinds]);
    await sql.query(`delete from ledger_entries where transaction_id in (${which})`, [bookingId, kinds]);
    await sql.query(`delete from ledger_transactions where id in (${which})`, [bookingId, kinds]);
    for (const table of tables) await sql.query(`alter table ${table} enable trigger user`);
  };
  const sentRow = async (id: string, providerId: string, accountId: string, amountMinor: number) =>
    sql.query(
      `insert into transfers (id, kind, vendor_id, account_id, currency, amount_minor, payable_minor, tax_minor, state,
         provider_id, calls, failures, created_at)
       values ($1, 'transfer', $2, $3, 'EUR', $4, $4, 0, 'sent', $5, 1, 0, now())`,
      [id, newId("vnd"), accountId, amountMinor, providerId],
    );

  return { sql, unpost, sentRow };
}

/** What a test does at Stripe, and with bookings. */
export function handsIn(world: PaymentWorld) {
  const { sql, stripe: standIn, others } = world;
  const stripe = new Stripe("sk_test_holdfast", {
    host: standIn.host,
    port: standIn.port,
    protocol: "http",
    telemetry: false,
  });

  const word = (booking: TestBooking, of: Partial<BookingMoney> = {}) => {
    const usual = { status: "confirmed", step: "stay", keepMinor: totalMinor, version: 2 } as const;
    others.money.set(booking.bookingId, { facts: booking.facts, ...usual, ...of });
  };
  const authorised = async (of: Partial<BookingMoney> = undecided): Promise<TestBooking> => {
    const booking = world.book();
    word(booking, of);
    await booking.held("pm_card_visa");
    await world.reaches(booking, "authorised");
    return booking;
  };
  const captured = async (of: Partial<BookingMoney> = {}): Promise<TestBooking> => {
    const booking = await authorised(of);
    await booking.confirmed();
    await world.reaches(booking, "captured");
    return booking;
  };
  const charge = async ({ bookingId }: TestBooking) => {
    const { rows } = await sql.query<{ id: string; intent_id: string }>(
      "select id, intent_id from payments where booking_id = $1",
      [bookingId],
    );
    assert(rows[0], "there is a charge");
    return { paymentId: rows[0].id, intentId: rows[0].intent_id };
  };
  const booked = (booking: TestBooking) => world.books(booking)[0];
  const connected = async () => {
    const capabilities = { transfers: { requested: true } };
    const { id } = await stripe.accounts.create({ country: "PT", capabilities });
    await world.guest(`accounts/${id}/onboard`, {});
    return id;
  };
  const at = { standIn, stripe, connected };
  return { ...rowsOf(world), ...at, world, word, authorised, captured, charge, booked };
}
export type Hands = ReturnType<typeof handsIn>;
