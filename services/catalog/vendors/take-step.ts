import type { Caller } from "@holdfast/chassis/tokens";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { VendorView } from "@holdfast/contracts/api/catalog";
import type { DocumentReference } from "@holdfast/contracts/api/vendors";
import {
  vendorRejected,
  vendorReviewStarted,
  vendorSubmitted,
  vendorSuspended,
  vendorVerified,
} from "@holdfast/contracts/events/catalog";
import type { Id } from "@holdfast/contracts/ids";
import type { CatalogTables } from "../database.ts";
import type { CatalogDependencies } from "../dependencies.ts";
import { vendorTransitionNotAllowed } from "../problems.ts";
import { decideStep, onboarding, type OnboardingAction } from "./onboarding.ts";
import { writeHistory } from "./vendor-history.ts";
import { lockVendor, statusOf, vendorFacts, type VendorRow, vendorView } from "./vendor-view.ts";

export interface TakeStepCall {
  readonly caller: Caller;
  readonly vendorId: Id<"vnd">;
  readonly action: OnboardingAction;
  readonly reasons?: readonly string[];
  readonly documents?: readonly DocumentReference[];
  readonly traceparent: string;
}

/**
 * Takes a step of a vendor's onboarding; one that says nothing but itself may be repeated, and then changes nothing.
 * @throws vendorNotFound, roleInsufficient, vendorTransitionNotAllowed
 */
export async function takeStep(
  { clock }: Pick<CatalogDependencies, "clock">,
  unit: UnitOfWork<CatalogTables>,
  { caller, vendorId, action, reasons = [], documents = [], traceparent }: TakeStepCall,
): Promise<VendorView> {
  const before = await lockVendor(unit.tx, caller, { vendorId, permission: onboarding[action].permission });
  const from = statusOf(before);
  const decision = decideStep(action, from);
  if (decision === "refused") throw vendorTransitionNotAllowed(`The vendor is ${from}.`);
  if (decision === "repeated") return vendorView(before);

  const now = clock.now();
  const { to } = onboarding[action];
  const vendor: VendorRow = { ...before, status: to, reasons, version: before.version + 1 };
  await unit.tx
    .updateTable("vendors")
    .set({ status: to, reasons: JSON.stringify(reasons), version: vendor.version })
    .where("id", "=", vendorId)
    .execute();
  const by = caller.userId as Id<"usr">;
  await writeHistory(unit.tx, { vendor, action, from, to, by, now, reasons, documents });
  announceStep(unit, action, { vendor, now, traceparent });
  return vendorView(vendor);
}

function announceStep(
  unit: UnitOfWork<CatalogTables>,
  action: OnboardingAction,
  { vendor, now, traceparent }: { vendor: VendorRow; now: Temporal.Instant; traceparent: string },
): void {
  const about = { subject: vendor.id, version: vendor.version, traceparent, time: now };
  const data = vendorFacts(vendor);
  switch (action) {
    case "submit":
      return unit.announce(vendorSubmitted, { ...about, data });
    case "review":
      return unit.announce(vendorReviewStarted, { ...about, data });
    case "verify":
    case "reinstate":
      return unit.announce(vendorVerified, { ...about, data });
    // What a person wrote stays where it can be erased; the vendor's people read it with the vendor.
    case "reject":
      return unit.announce(vendorRejected, { ...about, data: { ...data, reasons: [] } });
    case "suspend":
      return unit.announce(vendorSuspended, { ...about, data: { ...data, reason: "" } });
  }
}
