/** Reads issued documents, and writes new ones with the next numbers of their series. */
import assert from "node:assert";
import { insertMany } from "@holdfast/chassis/batch-sql";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { Id } from "@holdfast/contracts/ids";
import { type Selectable, sql } from "kysely";
import type { DocumentTable, PaymentTables } from "../database.ts";
import type { Numbered } from "./decide-documents.ts";
import type { Draft } from "./document.ts";
import { taxOf } from "./parts.ts";
import { formatNumber, prefixesOf, type Series } from "./series.ts";

type Tx = Pick<UnitOfWork<PaymentTables>, "tx">;
export type DocumentRow = Selectable<DocumentTable>;

/**
 * Every document of these bookings, in the order of their ids. Their invoices are locked until the transaction ends: who
 * corrects one sees all that corrected it before.
 */
export async function lockDocuments(
  { tx }: Tx,
  bookingIds: readonly Id<"bkg">[],
): Promise<readonly DocumentRow[]> {
  const ofBookings = tx
    .selectFrom("documents")
    .where(sql<boolean>`booking_id = any(${[...new Set(bookingIds)]})`);
  await ofBookings.select("id").where("kind", "=", "invoice").orderBy("id").forUpdate().execute();
  // A statement of its own: it sees what was committed by whoever had the locks.
  return ofBookings.selectAll().orderBy("id").execute();
}

/** A row as the pure part sees it; `of` has the row of every invoice it may correct. */
export function toNumbered(row: DocumentRow, of: readonly DocumentRow[]): Numbered {
  const corrected = row.invoice_id === null ? undefined : of.find(({ id }) => id === row.invoice_id);
  return {
    id: row.id,
    kind: row.kind,
    number: row.number,
    cause: row.cause,
    vendorId: row.vendor_id,
    bookingId: row.booking_id,
    charge: row.charge,
    customerId: row.customer_id,
    currency: row.currency,
    totalMinor: row.total_minor,
    invoice: corrected === undefined ? null : { documentId: corrected.id, number: corrected.number },
    content: row.content,
  };
}

const keyOf = ({ vendorId, kind, year }: Series) => `${vendorId} ${kind} ${year}`;

/** What stands for these vendors in their numbers; whoever has nothing yet gets the shortest that nobody has. */
async function givePrefixes(
  { tx }: Tx,
  vendorIds: readonly Id<"vnd">[],
): Promise<ReadonlyMap<string, string>> {
  const known = async () => {
    const rows = await tx
      .selectFrom("document_prefixes")
      .selectAll()
      .where(sql<boolean>`vendor_id = any(${[...vendorIds]})`)
      .execute();
    return new Map(rows.map((row) => [row.vendor_id as string, row.prefix]));
  };
  let prefixes = await known();
  for (const vendorId of vendorIds.toSorted()) {
    for (const prefix of prefixesOf(vendorId)) {
      if (prefixes.has(vendorId)) break;
      await sql`insert into document_prefixes (vendor_id, prefix) values (${vendorId}, ${prefix})
        on conflict do nothing`.execute(tx);
      prefixes = await known();
    }
  }
  return prefixes;
}

interface Advanced extends Series {
  readonly lastPlace: number;
  readonly issuedAt: string;
}

/**
 * Moves each series on by how many are issued, and locks it: nobody else has a number of it before this transaction has
 * committed its own, or given them back. In one order everywhere, so that batches never deadlock. A series is in the
 * order of its times, whatever a replica's clock says.
 */
async function advance(
  { tx }: Tx,
  counts: ReadonlyMap<string, Series & { readonly many: number }>,
  now: string,
): Promise<ReadonlyMap<string, Advanced>> {
  const inOrder = [...counts.keys()].toSorted().map((key) => counts.get(key)!);
  const { rows } = await sql<Series & { lastPlace: number; issuedAt: string }>`
    insert into document_series (vendor_id, kind, year, last_place, last_issued_at)
    select vendor_id, kind, year, many, ${now}::timestamptz
    from unnest(${inOrder.map((one) => one.vendorId)}::text[], ${inOrder.map((one) => one.kind)}::text[],
      ${inOrder.map((one) => one.year)}::integer[], ${inOrder.map((one) => one.many)}::integer[])
      as asked (vendor_id, kind, year, many)
    on conflict (vendor_id, kind, year) do update
      set last_place = document_series.last_place + excluded.last_place,
        last_issued_at = greatest(document_series.last_issued_at, excluded.last_issued_at)
    returning vendor_id as "vendorId", kind, year, last_place as "lastPlace", last_issued_at as "issuedAt"`.execute(
    tx,
  );
  return new Map(rows.map((row) => [keyOf(row), row]));
}

/**
 * Writes the drafts as documents issued now, each with the next number of its vendor's series for its kind and this
 * year (in UTC). With the transaction they and their numbers are there, or neither.
 */
export async function insertDocuments(
  unit: Tx,
  drafts: readonly Draft[],
  now: Temporal.Instant,
): Promise<DocumentRow[]> {
  if (drafts.length === 0) return [];
  const { year } = now.toZonedDateTimeISO("UTC");
  const seriesOf = ({ vendorId, kind }: Draft): Series => ({ vendorId, kind, year });
  const counts = new Map<string, Series & { many: number }>();
  for (const draft of drafts) {
    const key = keyOf(seriesOf(draft));
    counts.set(key, { ...seriesOf(draft), many: (counts.get(key)?.many ?? 0) + 1 });
  }
  const prefixes = await givePrefixes(unit, [...new Set(drafts.map(({ vendorId }) => vendorId))]);
  const advanced = await advance(unit, counts, now.toString());
  const next = new Map([...counts].map(([key, { many }]) => [key, advanced.get(key)!.lastPlace - many]));
  const rows = drafts.map((draft) => {
    const key = keyOf(seriesOf(draft));
    const place = next.get(key)! + 1;
    next.set(key, place);
    const prefix = prefixes.get(draft.vendorId);
    assert(prefix, "every vendor has a prefix");
    return rowOf(draft, { year, place, prefix, issuedAt: advanced.get(key)!.issuedAt });
  });
  await insertMany<PaymentTables, "documents">(unit.tx, "documents", rows);
  return rows;
}

function rowOf(
  draft: Draft,
  at: { readonly year: number; readonly place: number; readonly prefix: string; readonly issuedAt: string },
): DocumentRow {
  const { kind, content } = draft;
  const { year, place, prefix, issuedAt } = at;
  return {
    id: draft.id,
    kind,
    vendor_id: draft.vendorId,
    year,
    place,
    number: formatNumber({ kind, year }, prefix, place),
    cause: draft.cause,
    booking_id: draft.bookingId,
    charge: draft.charge,
    customer_id: draft.customerId,
    invoice_id: draft.invoice?.documentId ?? null,
    currency: draft.currency,
    total_minor: draft.totalMinor,
    tax_minor: taxOf(content),
    content,
    issued_at: issuedAt,
  };
}
