/** Issues what money that moved is to have: invoices and credit notes, each once, in the background. */
import { backoffMs } from "@holdfast/chassis/backoff";
import type { Clock } from "@holdfast/chassis/clock";
import type { Logger } from "@holdfast/chassis/log";
import type { Count } from "@holdfast/chassis/metrics";
import { isUnavailable } from "@holdfast/chassis/unavailable";
import type { Transact, UnitOfWork } from "@holdfast/chassis/unit-of-work";
import { documentIssued } from "@holdfast/contracts/events/payment";
import { newId } from "@holdfast/contracts/ids";
import { type Kysely, sql } from "kysely";
import type { PaymentTables } from "../database.ts";
import { claimCauses, type ClaimedCause, postponeCauses } from "./claim-causes.ts";
import { type Decided, decideCreditNotes, decideInvoices, type Sources } from "./decide-documents.ts";
import { type DocumentRow, insertDocuments, lockDocuments, toNumbered } from "./document-rows.ts";
import type { DocumentSources } from "./document-sources.ts";

/** Documents in one transaction at most, which is also what booking is asked for at once. */
const batchMax = 100;
/** Well beyond what asking and writing take: whoever dies with claims gives them back then. */
const claimMs = 30_000;
/** While booking or catalog are away. */
const retry = { baseMs: 1_000, maxMs: 300_000 };
/** From here on somebody should look. */
const worryingFailures = 5;

export interface IssueDeps {
  readonly db: Kysely<PaymentTables>;
  readonly transact: Transact<PaymentTables>;
  readonly clock: Clock;
  readonly sources: DocumentSources;
  readonly log: Logger;
  readonly issued: Count<"kind">;
}

const newDocumentId = () => newId("doc");

/** Issues what is due, as much as one batch holds. */
export async function issueDocuments(deps: IssueDeps): Promise<void> {
  const claimed = await claimCauses(deps.db, { limit: batchMax, claimMs });
  if (claimed.length === 0) return;
  const decided = await issueAll(deps, claimed);
  for (const one of decided) if ("draft" in one) deps.issued.add({ kind: one.draft.kind });
  await postpone(
    deps,
    decided.flatMap((one) => ("error" in one ? [one] : [])),
  );
}

/** What became of each. A batch that fails is tried one by one, so that none holds up the others. */
async function issueAll(deps: IssueDeps, claimed: readonly ClaimedCause[]): Promise<Decided[]> {
  const failed = (error: unknown) => claimed.map((one) => ({ claimed: one, error }));
  let sources: Sources;
  try {
    sources = await askFor(claimed, deps.sources);
  } catch (error) {
    return failed(error);
  }
  const issue = (some: readonly ClaimedCause[]) =>
    deps.transact((unit) => issueClaimed(unit, some, sources, deps.clock.now()));
  try {
    return await issue(claimed);
  } catch (error) {
    if (claimed.length === 1 || isUnavailable(error)) return failed(error);
  }
  const decided: Decided[] = [];
  for (const one of claimed) {
    decided.push(...(await issue([one]).catch((error: unknown) => [{ claimed: one, error }])));
  }
  return decided;
}

/** A credit note says what its invoice says, so only for captures is anybody asked. */
async function askFor(claimed: readonly ClaimedCause[], sources: DocumentSources): Promise<Sources> {
  const captures = claimed.filter(({ kind }) => kind === "capture");
  const facts = await sources.factsOf(captures.map(({ bookingId }) => bookingId));
  const issuers = await sources.issuersOf([...facts.values()].map(({ vendorId }) => vendorId));
  return { facts, issuers };
}

/** Those of the claims that are the claimer's still, locked. */
async function lockClaims(
  { tx }: UnitOfWork<PaymentTables>,
  claimed: readonly ClaimedCause[],
): Promise<ClaimedCause[]> {
  const { rows } = await sql<{ cause: string; attempts: number }>`
    select cause, attempts from document_causes
    where cause = any(${claimed.map(({ cause }) => cause)}) and document_id is null
    order by cause for update`.execute(tx);
  const held = new Map(rows.map(({ cause, attempts }) => [cause, attempts]));
  return claimed.filter(({ cause, attempts }) => held.get(cause) === attempts);
}

/**
 * Decides, numbers, writes and announces in one transaction. Invoices come first, as credit notes name them; that is
 * also the order in which the series are locked.
 */
export async function issueClaimed(
  unit: UnitOfWork<PaymentTables>,
  claimed: readonly ClaimedCause[],
  sources: Sources,
  now: Temporal.Instant,
): Promise<Decided[]> {
  const held = await lockClaims(unit, claimed);
  const captures = held.filter(({ kind }) => kind === "capture");
  const refunds = held.filter(({ kind }) => kind === "refund");
  const invoices = decideInvoices(captures, sources, newDocumentId);
  const issued = await insertDocuments(unit, draftsOf(invoices), now);
  const creditNotes = await decideRefunds(unit, refunds);
  issued.push(...(await insertDocuments(unit, draftsOf(creditNotes), now)));
  await settleCauses(unit, issued);
  for (const row of issued) announce(unit, row, now);
  return [...invoices, ...creditNotes];
}

async function decideRefunds(
  unit: UnitOfWork<PaymentTables>,
  refunds: readonly ClaimedCause[],
): Promise<Decided[]> {
  if (refunds.length === 0) return [];
  const rows = await lockDocuments(
    unit,
    refunds.map(({ bookingId }) => bookingId),
  );
  return decideCreditNotes(
    refunds,
    rows.map((row) => toNumbered(row, rows)),
    newDocumentId,
  );
}

const draftsOf = (decided: readonly Decided[]) =>
  decided.flatMap((one) => ("draft" in one ? [one.draft] : []));

async function settleCauses(
  { tx }: UnitOfWork<PaymentTables>,
  issued: readonly DocumentRow[],
): Promise<void> {
  if (issued.length === 0) return;
  await sql`
    update document_causes c set document_id = v.id, next_attempt_at = null
      from unnest(${issued.map(({ cause }) => cause)}::text[], ${issued.map(({ id }) => id)}::text[]) as v (cause, id)
      where c.cause = v.cause`.execute(tx);
}

function announce(unit: UnitOfWork<PaymentTables>, row: DocumentRow, time: Temporal.Instant): void {
  const { id: documentId, kind, number, charge, invoice_id: invoiceId } = row;
  const data = {
    documentId,
    kind,
    number,
    vendorId: row.vendor_id,
    bookingId: row.booking_id,
    charge,
    ...(invoiceId !== null && { invoiceId }),
    total: { amountMinor: row.total_minor, currency: row.currency },
    taxMinor: row.tax_minor,
  };
  unit.announce(documentIssued, { subject: documentId, version: 1, data, time });
}

async function postpone(
  { db, log }: IssueDeps,
  failed: readonly { readonly claimed: ClaimedCause; readonly error: unknown }[],
): Promise<void> {
  if (failed.length === 0) return;
  const [first] = failed;
  const isWorrying = failed.some(({ claimed }) => claimed.failures >= worryingFailures);
  const about = { err: first?.error, cause: first?.claimed.cause, count: failed.length };
  log[isWorrying ? "error" : "warn"](about, "documents could not be issued; they will be tried again");
  await postponeCauses(
    db,
    failed.map(({ claimed: { cause, attempts, failures } }) => ({
      cause,
      attempts,
      afterMs: backoffMs(failures + 1, retry),
    })),
  );
}
