/** An invoice or credit note as it is kept: written once, and never changed. */
import type { DocumentBooking, DocumentIssuer, DocumentLine } from "@holdfast/contracts/api/documents";
import type { DocumentKind } from "@holdfast/contracts/events/payment";
import type { Id } from "@holdfast/contracts/ids";
import type { Parts } from "./parts.ts";

/** What stands on it beside its number. Nothing of the guest but their id: who they are is asked for when it is shown. */
export interface DocumentContent extends Parts {
  readonly paidAt: string;
  readonly issuer: DocumentIssuer;
  readonly booking: DocumentBooking;
  readonly lines: readonly DocumentLine[];
}

/** A document that has no number yet. */
export interface Draft {
  readonly id: Id<"doc">;
  readonly kind: DocumentKind;
  readonly cause: string;
  readonly vendorId: Id<"vnd">;
  readonly bookingId: Id<"bkg">;
  readonly charge: number;
  readonly customerId: Id<"usr">;
  readonly currency: string;
  readonly totalMinor: number;
  /** The invoice that a credit note corrects. */
  readonly invoice: { readonly documentId: Id<"doc">; readonly number: string } | null;
  readonly content: DocumentContent;
}
