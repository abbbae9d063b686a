/** A vendor's onboarding as a table: which step leads from where to where, and what whoever takes it must hold. */
import type { Permission } from "@holdfast/contracts/access";
import { type VendorStatus, verifyVendor } from "@holdfast/contracts/api/catalog";
import {
  reinstateVendor,
  rejectVendor,
  reviewVendor,
  submitVendor,
  suspendVendor,
} from "@holdfast/contracts/api/vendors";

export interface OnboardingStep {
  readonly permission: Permission;
  readonly from: readonly VendorStatus[];
  readonly to: VendorStatus;
  /** Says nothing but itself, so taking it again changes nothing; the others bring documents or reasons. */
  readonly repeatable: boolean;
  /** For readers of the documents. */
  readonly says: string;
}

/** Every step there is; `register` makes the draft they begin with. */
export const onboarding = {
  submit: {
    permission: submitVendor.access,
    from: ["draft", "submitted", "rejected"],
    to: "submitted",
    repeatable: false,
    says: "Its documents are sent in, or replaced while nobody reviews them.",
  },
  review: {
    permission: reviewVendor.access,
    from: ["submitted"],
    to: "in-review",
    repeatable: true,
    says: "Somebody looks at the documents; they stay as they are from then on.",
  },
  verify: {
    permission: verifyVendor.access,
    from: ["submitted", "in-review"],
    to: "verified",
    repeatable: true,
    says: "Its resources may be published.",
  },
  reject: {
    permission: rejectVendor.access,
    from: ["submitted", "in-review"],
    to: "rejected",
    repeatable: false,
    says: "It may submit again; the reasons say what is missing.",
  },
  suspend: {
    permission: suspendVendor.access,
    from: ["verified"],
    to: "suspended",
    repeatable: false,
    says: "Its resources take no new bookings; those they have stand.",
  },
  reinstate: {
    permission: reinstateVendor.access,
    from: ["suspended"],
    to: "verified",
    repeatable: true,
    says: "Its resources take bookings again.",
  },
} as const satisfies Record<string, OnboardingStep>;

export type OnboardingAction = keyof typeof onboarding;

/** Where the step leads from there: on, nowhere because it was taken before, or it is refused. */
export function decideStep(action: OnboardingAction, status: VendorStatus): "taken" | "repeated" | "refused" {
  const step: OnboardingStep = onboarding[action];
  if (step.from.includes(status)) return "taken";
  return step.repeatable && step.to === status ? "repeated" : "refused";
}
