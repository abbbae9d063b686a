/** A vendor's onboarding as a table: which step leads from where to where, and who may take it. */
import type { VendorStatus } from "@holdfast/contracts/api/catalog";

export interface OnboardingStep {
  readonly by: readonly ("owner" | "admin")[];
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
    by: ["owner", "admin"],
    from: ["draft", "submitted", "rejected"],
    to: "submitted",
    repeatable: false,
    says: "Its documents are sent in, or replaced while nobody reviews them.",
  },
  review: {
    by: ["admin"],
    from: ["submitted"],
    to: "in-review",
    repeatable: true,
    says: "Somebody looks at the documents; they stay as they are from then on.",
  },
  verify: {
    by: ["admin"],
    from: ["submitted", "in-review"],
    to: "verified",
    repeatable: true,
    says: "Its resources may be published.",
  },
  reject: {
    by: ["admin"],
    from: ["submitted", "in-review"],
    to: "rejected",
    repeatable: false,
    says: "It may submit again; the reasons say what is missing.",
  },
  suspend: {
    by: ["admin"],
    from: ["verified"],
    to: "suspended",
    repeatable: false,
    says: "Its resources take no new bookings; those they have stand.",
  },
  reinstate: {
    by: ["admin"],
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
