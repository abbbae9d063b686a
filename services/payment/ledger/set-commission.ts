/** Sets, and shows, what the platform keeps of a vendor's bookings. */
import { answer, type Call } from "@holdfast/chassis/endpoint";
import { idempotent, type RepetitionDeps } from "@holdfast/chassis/idempotency";
import type { Commission, getCommission, setCommission } from "@holdfast/contracts/api/ledger";
import { type Kysely, sql } from "kysely";
import type { PaymentTables } from "../database.ts";
import type { Decider } from "../payments/decider.ts";
import { vendorNotFound } from "../problems.ts";
import { platform, setRate } from "./commission.ts";

/** Rates shown at most; a vendor has a handful. */
const historyMax = 100;

/** Has catalog told of it, or the ledger heard of it before catalog's events were listened to? */
async function isVendor(db: Kysely<PaymentTables>, vendorId: Commission["vendorId"]): Promise<boolean> {
  const { rows } = await sql<{ known: boolean }>`select
    exists (select from vendors where vendor_id = ${vendorId})
    or exists (select from vendor_members where vendor_id = ${vendorId})
    or exists (select from ledger_transactions where vendor_id = ${vendorId}) as known`.execute(db);
  return rows[0]?.known === true;
}

/** @throws vendorNotFound */
async function commissionOf(
  db: Kysely<PaymentTables>,
  vendorId: Commission["vendorId"],
): Promise<Commission> {
  if (!(await isVendor(db, vendorId))) throw vendorNotFound();
  const ratesOf = (whose: string, limit: number) =>
    db
      .selectFrom("commissions")
      .select(["since", "basis_points as basisPoints"])
      .where("vendor_id", "=", whose)
      .orderBy("since", "desc")
      .limit(limit)
      .execute();
  const history = await ratesOf(vendorId, historyMax);
  const [usual] = await ratesOf(platform, 1);
  return { vendorId, basisPoints: history[0]?.basisPoints ?? usual?.basisPoints ?? 0, history };
}

export async function showCommission(
  { db }: { readonly db: Kysely<PaymentTables> },
  { params }: Call<typeof getCommission>,
) {
  return answer(await commissionOf(db, params.vendorId));
}

/** The same rate as before adds nothing to the history. @throws vendorNotFound */
export async function changeCommission(
  deps: RepetitionDeps<PaymentTables> & { readonly decider: Decider },
  call: Call<typeof setCommission>,
) {
  const { vendorId } = call.params;
  return idempotent(deps, call, async ({ tx }) => {
    await setRate(tx, { vendorId, basisPoints: call.body.basisPoints, nowAt: deps.decider.machineNow() });
    return answer(await commissionOf(tx, vendorId));
  });
}
