/** Has disputes read that the provider says something of, be they known or not. */
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import { newId } from "@holdfast/contracts/ids";
import type { PaymentTables } from "../database.ts";
import type { Decider } from "../payments/decider.ts";
import { lookedSoon, newDispute } from "./dispute.ts";
import { insertDisputes, lockDisputes, writeDispute } from "./dispute-rows.ts";

/** The provider's ids; the sweep makes the calls. */
export async function lookAtDisputes(
  unit: UnitOfWork<PaymentTables>,
  decider: Decider,
  providerIds: readonly string[],
): Promise<void> {
  if (providerIds.length === 0) return;
  const circumstances = decider.circumstances();
  const known = await lockDisputes(unit, providerIds);
  for (const before of known) {
    await writeDispute(unit, { before, after: lookedSoon(before, circumstances) }, decider.machineNow());
  }
  const isKnown = new Set(known.map(({ providerId }) => providerId));
  const heardOf = [...new Set(providerIds)].filter((id) => !isKnown.has(id)).toSorted();
  await insertDisputes(
    unit,
    heardOf.map((providerId) => newDispute({ id: newId("dsp"), providerId }, circumstances)),
  );
}
