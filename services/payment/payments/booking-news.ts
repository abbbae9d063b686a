/** What booking's events tell payment, as its pure core takes it in. */
import type { Id } from "@holdfast/contracts/ids";
import type { Money } from "@holdfast/contracts/values";
import type { CollectionTerms } from "./collection.ts";

/** What payment needs to know of a booking event. */
export interface BookingNews {
  readonly bookingId: Id<"bkg">;
  readonly customerId: Id<"usr">;
  readonly vendorId: Id<"vnd">;
  readonly total: Money;
  /** What of the total is tax. */
  readonly taxMinor: number;
  /** What is still to be paid of the total, by a charge of its own; null where that is nothing. */
  readonly balance: BalanceNews | null;
  readonly version: number;
  readonly traceparent: string | null;
  readonly wants: Wants;
}

/** What booking says of a balance. */
export interface BalanceNews {
  readonly charge: number;
  readonly amountMinor: number;
  readonly terms: CollectionTerms;
}

/** How a charge is paid. */
export interface PaidBy {
  readonly provider: string;
  /** A payment method to confirm at once; null where the guest pays on their side. */
  readonly paymentMethod: string | null;
  readonly captureAtOnce: boolean;
  /** What it is paid by is kept for later: by the guest's wish, or for a balance. */
  readonly saveMethod: boolean;
  /** The guest as the provider knows them, where that is needed and known. */
  readonly providerCustomer: string | null;
}

/** What the event asks of payment. */
export type Wants =
  /** `difference` is given for the charge of a dearer move; without it charge 1 and what is due at once are meant. */
  | {
      readonly asked: "authorise";
      readonly by: PaidBy;
      readonly difference?: { readonly charge: number; readonly due: Money };
    }
  | { readonly asked: "expire" }
  | { readonly asked: "capture" }
  /** `afterDecline`: the booking ended because this very payment was declined, so the end needs no answer. */
  | { readonly asked: "settle"; readonly keepMinor: number; readonly afterDecline: boolean }
  /** The booking stands, and all its charges together are to keep so much; `charge` is the one just accepted. */
  | { readonly asked: "move"; readonly keepMinor: number; readonly charge: number | null }
  /** It took place: nothing more is to come, and what is taken may be settled. */
  | { readonly asked: "complete" }
  /** A difference that was not paid: its charge ends. */
  | { readonly asked: "drop"; readonly charge: number };
