/** The phases that go through the books: a page at a time, read before our rows are, with what differs as suspicions. */
import { idBefore } from "@holdfast/chassis/id-age";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { BookingMoney } from "@holdfast/contracts/api/booking-money";
import type { RunView } from "@holdfast/contracts/api/reconciliation";
import type { Id } from "@holdfast/contracts/ids";
import { type Kysely, sql } from "kysely";
import type { PaymentTables } from "../database.ts";
import type { IntentFacts } from "../payments/answer.ts";
import type { Charges } from "../payments/payment.ts";
import type { BooksProvider, Page } from "../providers/books-provider.ts";
import { toTransfer } from "../transfers/transfer-rows.ts";
import { isBookingId } from "../stripe/notice.ts";
import type { BookingSource } from "./booking-source.ts";
import { compareBooking, compareSettlement, type SettledAt } from "./compare-bookings.ts";
import {
  compareCharge,
  compareLedger,
  compareStrayIntent,
  hasIntent,
  isSettled,
  type LedgerOfCharge,
  nothingPosted,
} from "./compare-charges.ts";
import { compareCall, compareDispute, compareTransfer } from "./compare-others.ts";
import type { Patiences } from "./discrepancy-rows.ts";
import type { Finding } from "./finding.ts";
import type { Phase } from "./phases.ts";
import { readCharges, readDisputes, readLedger, readOpenCalls, readSettlements } from "./read-ours.ts";
import { noteSeen, type Run, seenAmong } from "./run-rows.ts";

type Unit = UnitOfWork<PaymentTables>;

export interface CompareDeps extends Patiences {
  readonly db: Kysely<PaymentTables>;
  readonly books: BooksProvider;
  readonly bookings: BookingSource;
  readonly nowMs: () => number;
}

/** A page that was read and is yet to be compared with our rows, in the transaction that leads the run on. */
export interface Compared {
  /** What the phase goes on after; null at its end. */
  readonly next: string | null;
  readonly counted: Partial<RunView["compared"]>;
  readonly compare: (unit: Unit) => Promise<readonly Finding[]>;
}

/** Bookings, or transfers, of ours in one page. */
const pageSize = 100;
/** The provider's clock and ours may differ by this much. */
const clockSkewSeconds = 60;

function sinceOf({ since }: Run): Temporal.Instant {
  return Temporal.Instant.from(since).subtract({ seconds: clockSkewSeconds });
}

/** The intents with the charges that know them; which charges were met is noted. */
async function compareIntents(unit: Unit, run: Run, intents: readonly IntentFacts[]): Promise<Finding[]> {
  const named = intents.flatMap(({ bookingId }) => (isBookingId(bookingId ?? undefined) ? [bookingId] : []));
  const charges = await readCharges(unit, [...new Set(named)] as Id<"bkg">[]);
  const met: string[] = [];
  const findings = intents.flatMap((facts) => {
    const ofBooking: Charges = charges.get(facts.bookingId ?? "") ?? [];
    const charge = ofBooking.find(({ intentId }) => intentId === facts.intentId);
    if (charge === undefined) return compareStrayIntent(facts, ofBooking, null) ?? [];
    met.push(charge.id);
    return compareCharge(charge, facts) ?? [];
  });
  await noteSeen(unit, run, met);
  return findings;
}

const ofIntents =
  (run: Run, count: (items: number) => Compared["counted"]) =>
  ({ items, next }: Page<IntentFacts>): Compared => ({
    next,
    counted: count(items.length),
    compare: (unit) => compareIntents(unit, run, items),
  });

async function comparePageOfDisputes({ books }: CompareDeps, run: Run): Promise<Compared> {
  const { items, next } = await books.listDisputes({ since: sinceOf(run), after: run.cursor });
  return {
    next,
    counted: { disputes: items.length },
    compare: async (unit) => {
      const known = await readDisputes(
        unit,
        items.map(({ providerId }) => providerId),
      );
      return items.flatMap((dispute) => compareDispute(known.get(dispute.providerId) ?? null, dispute) ?? []);
    },
  };
}

async function comparePageOfTransfers({ books }: CompareDeps, run: Run): Promise<Compared> {
  const { items, next } = await books.listTransfers({ since: sinceOf(run), after: run.cursor });
  return {
    next,
    counted: { transfers: items.length },
    compare: async (unit) => {
      const ids = items.flatMap(({ transferId }) => transferId ?? []);
      const rows = await unit.tx
        .selectFrom("transfers")
        .selectAll()
        .where(sql<boolean>`id = any(${ids})`)
        .execute();
      const ours = new Map(rows.map((row) => [row.id as string, toTransfer(row)]));
      await noteSeen(unit, run, [...ours.keys()]);
      return items.flatMap((theirs) => {
        const known = ours.get(theirs.transferId ?? "") ?? null;
        // A copy that some other transfer of ours is not: its own is known by another id.
        const isIt = known === null || known.providerId === null || known.providerId === theirs.providerId;
        return compareTransfer(isIt ? known : null, theirs) ?? [];
      });
    },
  };
}

/** What differs of a booking's charges, as far as the provider need not be asked. */
function compareOurs(
  charges: Charges,
  of: {
    readonly ledger: ReadonlyMap<string, LedgerOfCharge>;
    readonly settled: SettledAt | null;
    /** Undefined while booking does not answer. */
    readonly booking: BookingMoney | null | undefined;
  },
): Finding[] {
  const { ledger, settled, booking } = of;
  return [
    ...charges.flatMap((charge) => compareLedger(charge, ledger.get(charge.id) ?? nothingPosted) ?? []),
    ...(booking === undefined ? [] : (compareBooking(charges, booking) ?? [])),
    ...(compareSettlement(charges, settled) ?? []),
  ];
}

/** Charges of ours since then, with their ledgers and bookings; an intent that was not met is asked about by itself later. */
async function comparePageOfCharges({ db, bookings, nowMs }: CompareDeps, run: Run): Promise<Compared> {
  const since = idBefore("bkg", nowMs() - Temporal.Instant.from(run.since).epochMilliseconds, nowMs());
  const rows = await db
    .selectFrom("payments")
    .select("booking_id")
    .where("charge", "=", 1)
    .where("booking_id", ">", (run.cursor ?? since) as Id<"bkg">)
    .orderBy("booking_id")
    .limit(pageSize)
    .execute();
  const ids = rows.map((row) => row.booking_id);
  const word = await bookings.wordOn(ids);
  const compare = async (unit: Unit) => {
    const charges = await readCharges(unit, ids);
    const all = [...charges.values()].flat();
    const ledger = await readLedger(unit, ids);
    const settlements = await readSettlements(unit, ids);
    const asked = all.filter((charge) => hasIntent(charge) && isSettled(charge));
    const met = await seenAmong(
      unit,
      run,
      asked.map(({ id }) => id),
    );
    const unmet = asked
      .filter(({ id }) => !met.has(id))
      .flatMap((charge) => compareCharge(charge, null) ?? []);
    const differing = ids.flatMap((id) => {
      const settled = settlements.get(id) ?? null;
      return compareOurs(charges.get(id) ?? [], { ledger, settled, booking: word?.get(id) });
    });
    return [...unmet, ...differing];
  };
  const next = rows.length === pageSize ? (ids.at(-1) ?? null) : null;
  return { next, counted: { charges: ids.length, bookings: word === null ? 0 : ids.length }, compare };
}

/** Transfers of ours that the provider's list did not have. */
async function comparePageOfSent({ nowMs }: CompareDeps, run: Run): Promise<Compared> {
  const since = idBefore("trf", nowMs() - Temporal.Instant.from(run.since).epochMilliseconds, nowMs());
  let next: string | null = null;
  return {
    get next() {
      return next;
    },
    counted: {},
    compare: async (unit) => {
      const rows = await unit.tx
        .selectFrom("transfers")
        .selectAll()
        .where("id", ">", (run.cursor ?? since) as Id<"trf">)
        .orderBy("id")
        .limit(pageSize)
        .execute();
      if (rows.length === pageSize) next = rows.at(-1)?.id ?? null;
      const ids = rows.map(({ id }) => id);
      const met = await seenAmong(unit, run, ids);
      return rows
        .map(toTransfer)
        .filter(({ id }) => !met.has(id))
        .flatMap((transfer) => compareTransfer(transfer, null) ?? []);
    },
  };
}

async function compareCalls({ nowMs, overdueMs }: CompareDeps): Promise<Compared> {
  const judging = { nowMs: nowMs(), overdueMs };
  return {
    next: null,
    counted: {},
    compare: async (unit) => {
      const calls = await readOpenCalls(unit, { beforeMs: judging.nowMs - overdueMs });
      return calls.flatMap((call) => compareCall(call, judging));
    },
  };
}

/** Reads the next page of the run's phase. Rejects where a provider cannot be read; the page is then read again. */
export async function readPage(
  deps: CompareDeps,
  run: Run,
  phase: Exclude<Phase, "recheck">,
): Promise<Compared> {
  const page = { since: sinceOf(run), after: run.cursor };
  switch (phase) {
    case "intents":
      return ofIntents(run, (intents) => ({ intents }))(await deps.books.listIntents(page));
    case "refunds":
      return ofIntents(run, (refunds) => ({ refunds }))(await deps.books.listRefunded(page));
    case "disputes":
      return comparePageOfDisputes(deps, run);
    case "transfers":
      return comparePageOfTransfers(deps, run);
    case "charges":
      return comparePageOfCharges(deps, run);
    case "sent":
      return comparePageOfSent(deps, run);
    case "calls":
      return compareCalls(deps);
  }
}
