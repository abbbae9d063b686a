/** What was paid for a booking and given back, as it is now. */
import assert from "node:assert";
import type { Clock } from "@holdfast/chassis/clock";
import { callerOf, type Call } from "@holdfast/chassis/endpoint";
import { unavailable } from "@holdfast/chassis/problems";
import type {
  DocumentBooking,
  DocumentIssuer,
  getReceipt as endpoint,
  ReceiptView,
} from "@holdfast/contracts/api/documents";
import type { Id } from "@holdfast/contracts/ids";
import { type Kysely, sql } from "kysely";
import type { PaymentTables } from "../database.ts";
import { paymentNotFound } from "../problems.ts";
import { issuerOf } from "./decide-documents.ts";
import type { DocumentSources } from "./document-sources.ts";
import type { GuestNames } from "./guest-names.ts";
import { mayReadBooking } from "./readable-booking.ts";
import { answerSheet } from "./sheets/answer-sheet.ts";
import { receiptSheet } from "./sheets/receipt-sheet.ts";

export interface ReceiptDeps {
  readonly db: Kysely<PaymentTables>;
  readonly clock: Clock;
  readonly sources: DocumentSources;
  readonly guests: GuestNames;
}

/** More than one booking comes to; a request is bounded all the same. */
const movementsMax = 1_000;

type Movement = ReceiptView["movements"][number];

/** Every time money of the booking moved, in order, with the number of its document where that is issued. */
async function movementsOf(db: Kysely<PaymentTables>, bookingId: Id<"bkg">): Promise<Movement[]> {
  const { rows } = await sql<Movement>`
    select case c.kind when 'capture' then 'payment' else 'refund' end as kind, c.charge, c.amount_minor as "amountMinor",
      coalesce(t.at, c.at) as at, d.number as document
    from document_causes c
      left join ledger_transactions t on t.cause = c.cause and t.kind = c.kind
      left join documents d on d.id = c.document_id
    where c.booking_id = ${bookingId} order by c.place limit ${movementsMax}`.execute(db);
  return rows;
}

/** What was booked of whom: as a document has it, else as booking and catalog say now. */
async function headOf(
  { db, sources }: ReceiptDeps,
  bookingId: Id<"bkg">,
): Promise<{ booking: DocumentBooking; issuer: DocumentIssuer } | undefined> {
  const documented = await db
    .selectFrom("documents")
    .select("content")
    .where("booking_id", "=", bookingId)
    .orderBy("id", "desc")
    .executeTakeFirst();
  if (documented !== undefined) return documented.content;
  const facts = (await sources.factsOf([bookingId])).get(bookingId);
  const price = facts?.prices.at(-1);
  if (facts === undefined || price === undefined) return undefined;
  const { resourceTitle, zone } = facts;
  const { startsAt, endsAt } = price;
  return {
    booking: { bookingId, resourceTitle, startsAt, endsAt, zone },
    issuer: issuerOf(facts, await sources.issuersOf([facts.vendorId])),
  };
}

/** Whose the booking's charges are, and what the guest's bank gave back of them. */
async function chargesOf(db: Kysely<PaymentTables>, bookingId: Id<"bkg">) {
  const { rows } = await sql<{ customerId: Id<"usr">; currency: string; chargedBackMinor: number }>`
    select customer_id as "customerId", currency, sum(charged_back_minor)::bigint as "chargedBackMinor"
    from payments where booking_id = ${bookingId} group by customer_id, currency limit 1`.execute(db);
  const [charges] = rows;
  assert(charges !== undefined, "a booking that may be read has a charge");
  return charges;
}

const sumOf = (movements: readonly Movement[], kind: Movement["kind"]) =>
  movements.reduce((sum, one) => sum + (one.kind === kind ? one.amountMinor : 0), 0);

/**
 * The receipt in the format asked for.
 * @throws paymentNotFound also for who may not read it; serviceUnavailable where nothing of it is written yet and those
 * who know are away
 */
export async function getReceipt(deps: ReceiptDeps, call: Call<typeof endpoint>) {
  const { bookingId } = call.params;
  if (!(await mayReadBooking(deps, callerOf(call), bookingId))) throw paymentNotFound();
  const { customerId, currency, chargedBackMinor } = await chargesOf(deps.db, bookingId);
  const head = await headOf(deps, bookingId).catch((error: unknown) => {
    throw unavailable("What was booked is not to be had right now; try again.", error);
  });
  if (head === undefined) throw paymentNotFound();
  const movements = await movementsOf(deps.db, bookingId);
  const [paidMinor, refundedMinor] = [sumOf(movements, "payment"), sumOf(movements, "refund")];
  const receipt: ReceiptView = {
    issuer: head.issuer,
    guest: await deps.guests.guestOf(customerId),
    booking: head.booking,
    currency,
    movements,
    paidMinor,
    refundedMinor,
    chargedBackMinor,
    keptMinor: paidMinor - refundedMinor - chargedBackMinor,
  };
  const asked = { format: call.query.format, accept: call.headers("accept") };
  return answerSheet(receipt, () => receiptSheet(receipt, deps.clock.now().toString()), asked);
}
