/** Compares each suspicion and each open discrepancy by itself, the provider read first, and does something about it. */
import type { Transact, UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { BookingMoney } from "@holdfast/contracts/api/booking-money";
import type { PaymentTables } from "../database.ts";
import { post } from "../ledger/post.ts";
import { lockCharges } from "../payments/payment-rows.ts";
import type { TheirTransfer } from "../providers/books-provider.ts";
import { toTransfer } from "../transfers/transfer-rows.ts";
import { compareBooking, compareSettlement, stands } from "./compare-bookings.ts";
import {
  compareCharge,
  compareLedger,
  compareStrayIntent,
  hasIntent,
  nothingPosted,
} from "./compare-charges.ts";
import { compareCall, compareDispute, compareTransfer } from "./compare-others.ts";
import type { CompareDeps } from "./compare-pages.ts";
import {
  closeRow,
  type DiscrepancyRow,
  dropSuspicion,
  keepOpen,
  leaveRow,
  lockRow,
} from "./discrepancy-rows.ts";
import type { Finding } from "./finding.ts";
import { kinds, type KindOfDiscrepancy } from "./kinds.ts";
import { readCharges, readDisputes, readLedger, readOpenCalls, readSettlements } from "./read-ours.ts";
import { costOfStray, repair, type RepairDeps, type Sides } from "./repair.ts";

type Unit = UnitOfWork<PaymentTables>;

export interface RecheckDeps extends CompareDeps, RepairDeps {
  readonly transact: Transact<PaymentTables>;
}

/** Repairs of one discrepancy at most: what they did not end, more of them will not. */
const repairsMax = 3;

/** What the provider says of the row's subject. */
interface Theirs {
  readonly intent?: Sides["intent"];
  readonly transfer?: TheirTransfer | null;
}

async function readTheirs({ db, books, transact }: RecheckDeps, row: DiscrepancyRow): Promise<Theirs> {
  const { subject, kind, booking_id: bookingId } = row;
  const { about }: KindOfDiscrepancy = kinds[kind];
  if (about === "intent") return { intent: await books.intent(subject) };
  if (about === "charge" && bookingId !== null) {
    const charges = await transact((unit) => readCharges(unit, [bookingId]));
    const charge = charges.get(bookingId)?.find(({ id }) => id === subject);
    if (charge === undefined || !hasIntent(charge)) return {};
    return { intent: await books.intent(charge.intentId ?? "") };
  }
  if (about !== "transfer") return {};
  if (!subject.startsWith("trf_")) return { transfer: await books.transfer(subject) };
  const ours = await db
    .selectFrom("transfers")
    .select("provider_id")
    .where("id", "=", subject as `trf_${string}`)
    .executeTakeFirst();
  const providerId = ours?.provider_id ?? null;
  return { transfer: providerId === null ? null : await books.transfer(providerId) };
}

/** What can be found about the row's subject now; null where that cannot be judged. */
async function findAgain(
  unit: Unit,
  deps: RecheckDeps,
  {
    row,
    sides,
    transfer,
  }: { readonly row: DiscrepancyRow; readonly sides: Sides; readonly transfer: TheirTransfer | null },
): Promise<Finding[] | null> {
  const { subject, kind, booking_id: bookingId } = row;
  const { charges, ledger, booking, intent } = sides;
  const { about }: KindOfDiscrepancy = kinds[kind];
  if (about === "intent") {
    if (row.call !== null) return null;
    const standing = booking === undefined ? null : stands(booking);
    return intent ? compareStrayIntent(intent, charges, standing) : [];
  }
  if (about === "booking") {
    if (kind === "settlement-differs") {
      const settlements = bookingId === null ? new Map() : await readSettlements(unit, [bookingId]);
      return compareSettlement(charges, settlements.get(bookingId) ?? null);
    }
    return booking === undefined ? null : compareBooking(charges, booking);
  }
  if (about === "charge") {
    const charge = charges.find(({ id }) => id === subject);
    if (charge === undefined) return [];
    const atProvider = intent === undefined ? [] : compareCharge(charge, intent);
    if (kind !== "ledger-differs") return atProvider;
    // Until the charge is as the provider says, nobody can say what the ledger lacks.
    const posted =
      atProvider?.length === 0 ? compareLedger(charge, ledger.get(charge.id) ?? nothingPosted) : null;
    return posted;
  }
  if (about === "transfer") {
    const ours = await unit.tx
      .selectFrom("transfers")
      .selectAll()
      .where(
        "id",
        "=",
        (subject.startsWith("trf_") ? subject : (transfer?.transferId ?? "")) as `trf_${string}`,
      )
      .executeTakeFirst();
    const known = ours && (ours.provider_id === subject || subject === ours.id) ? toTransfer(ours) : null;
    return known === null && transfer === null ? [] : compareTransfer(known, transfer);
  }
  if (about === "dispute") {
    const known = await readDisputes(unit, [subject]);
    return compareDispute(known.get(subject) ?? null, { providerId: subject, status: row.theirs.says });
  }
  const beforeMs = deps.nowMs() - deps.overdueMs;
  const calls = await readOpenCalls(unit, { beforeMs, subject });
  return calls.flatMap((call) => compareCall(call, { nowMs: deps.nowMs(), overdueMs: deps.overdueMs }));
}

/** What was changed: for the run's count. */
export type Checked = "opened" | "closed" | null;

async function closeOrDrop(
  unit: Unit,
  deps: RecheckDeps,
  row: DiscrepancyRow,
  sides: Sides,
): Promise<Checked> {
  if (row.state === "suspected") {
    await dropSuspicion(unit, row);
    return null;
  }
  if (row.kind === "intent-unknown" && sides.intent)
    await post(unit, costOfStray(sides.intent), deps.decider.now());
  await closeRow(unit, row, deps.decider.machineNow());
  return "closed";
}

async function actOn(
  unit: Unit,
  deps: RecheckDeps,
  { row, finding, sides }: { readonly row: DiscrepancyRow; readonly finding: Finding; readonly sides: Sides },
): Promise<Checked> {
  const by = kinds[row.kind].repair;
  const isTried = by !== "parked" && by !== "listed" && finding.repairable && row.repairs < repairsMax;
  const begun = isTried && (await repair(deps, unit, { row, by, sides }));
  // Where booking does not say whether it stands, the next run asks again.
  const waits = row.kind === "intent-unknown" && sides.booking === undefined && !finding.repairable;
  const action = begun ? "repairing" : by === "listed" ? "listed" : waits ? "waiting" : "parked";
  const repairs = row.repairs + (begun ? 1 : 0);
  await keepOpen(unit, row, { ...finding, action, repairs, nowAt: deps.decider.machineNow() });
  return row.state === "suspected" ? "opened" : null;
}

/**
 * Compares one again. Rejects where the provider cannot be read. `booking` is booking's word, undefined while booking does
 * not answer.
 */
export async function recheck(
  deps: RecheckDeps,
  found: DiscrepancyRow,
  booking: BookingMoney | null | undefined,
): Promise<Checked> {
  const { intent, transfer = null } = await readTheirs(deps, found);
  return deps.transact(async (unit) => {
    // Charges before anything of theirs, as everywhere.
    const bookingId = found.booking_id;
    const charges = bookingId === null ? [] : ((await lockCharges(unit, [bookingId])).get(bookingId) ?? []);
    const row = await lockRow(unit, found.id);
    if (row === undefined) return null;
    const ledger = bookingId === null ? new Map() : await readLedger(unit, [bookingId]);
    const sides: Sides = { charges, ledger, booking, intent };
    const findings = await findAgain(unit, deps, { row, sides, transfer });
    if (findings === null) {
      await leaveRow(unit, row, deps.decider.machineNow());
      return null;
    }
    const finding = findings.find(({ kind, subject }) => kind === row.kind && subject === row.subject);
    if (finding === undefined) return closeOrDrop(unit, deps, row, sides);
    return actOn(unit, deps, { row, finding, sides });
  });
}
