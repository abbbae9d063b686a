/** Documents in a database of their own, with charges whose money a test moves. */
import { openMigratedDatabase } from "@holdfast/chassis/migrated-database.fixture";
import { createLogger } from "@holdfast/chassis/log";
import { createTransactor } from "@holdfast/chassis/unit-of-work";
import type { InvoiceFacts } from "@holdfast/contracts/api/invoice-facts";
import { type Id, newId } from "@holdfast/contracts/ids";
import type { PaymentTables } from "../database.ts";
import { claimCauses, type ClaimedCause } from "./claim-causes.ts";
import { factsOf, priceLine, priceOf } from "./composed.fixture.ts";
import { issueClaimed } from "./issue-documents.ts";

const migrations = new URL("../migrations/", import.meta.url);
const claimMs = 60_000;

export type DocumentsWorld = Awaited<ReturnType<typeof openDocumentsWorld>>;

export async function openDocumentsWorld() {
  const database = await openMigratedDatabase<PaymentTables>("payment", migrations);
  const { db, pool } = database;
  const outbox = { publishAtOnce: () => undefined };
  const log = createLogger("test", "silent");
  const transact = createTransactor<PaymentTables>({ db, outbox, log, name: "payment" });
  const facts = new Map<string, InvoiceFacts>();
  const sources = { facts, issuers: new Map() };
  const now = Temporal.Instant.from("2026-12-01T12:00:00Z");

  /** A charge that so much is captured of; its booking's price is that of the first. */
  async function capture(
    amountMinor: number,
    of: { readonly vendorId?: Id<"vnd">; readonly currency?: string } = {},
  ): Promise<InvoiceFacts> {
    const { vendorId = newId("vnd"), currency = "EUR" } = of;
    const booking = factsOf([priceOf([priceLine({ amountMinor })])], { vendorId, currency });
    facts.set(booking.bookingId, booking);
    await pool.query(
      `insert into payments (booking_id, id, customer_id, vendor_id, amount_minor, currency, booking_version, asked,
         status, authorised_minor, captured_minor, refunded_minor, version, calls, failures, looks, created_at)
       values ($1, $2, $3, $4, $5, $6, 1, 'capture', 'authorised', $5, 0, 0, 1, 0, 0, 0, now())`,
      [booking.bookingId, newId("pay"), booking.customerId, vendorId, amountMinor, currency],
    );
    await pool.query("update payments set captured_minor = $2, status = 'captured' where booking_id = $1", [
      booking.bookingId,
      amountMinor,
    ]);
    return booking;
  }

  const claim = (limit = 1_000): Promise<ClaimedCause[]> => claimCauses(db, { limit, claimMs });
  /** Issues what is claimed in one transaction, which `before` it commits may undo. */
  const issue = (
    claimed: readonly ClaimedCause[],
    {
      at = now,
      before = () => undefined,
    }: { readonly at?: Temporal.Instant; readonly before?: () => void } = {},
  ) =>
    transact(async (unit) => {
      const decided = await issueClaimed(unit, claimed, sources, at);
      before();
      return decided;
    });
  const numbersOf = async (vendorId: Id<"vnd">, kind = "invoice"): Promise<string[]> => {
    const found = await pool.query<{ number: string }>(
      "select number from documents where vendor_id = $1 and kind = $2 order by year, place",
      [vendorId, kind],
    );
    return found.rows.map(({ number }) => number);
  };
  return {
    db,
    pool,
    capture,
    refund: ({ bookingId }: Pick<InvoiceFacts, "bookingId">, amountMinor: number) =>
      pool.query("insert into refunds (id, booking_id, charge, amount_minor) values ($1, $2, 1, $3)", [
        newId("rfd"),
        bookingId,
        amountMinor,
      ]),
    claim,
    issue,
    numbersOf,
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}
