/** Which documents a batch of money that moved leads to. Pure. What cannot be decided waits, and holds up nothing else. */
import type { DocumentIssuer } from "@holdfast/contracts/api/documents";
import type { InvoiceFacts } from "@holdfast/contracts/api/invoice-facts";
import type { Issuer } from "@holdfast/contracts/api/issuers";
import type { Id } from "@holdfast/contracts/ids";
import type { ClaimedCause } from "./claim-causes.ts";
import { composeCreditNote } from "./compose-credit-note.ts";
import { composeInvoice } from "./compose-invoice.ts";
import type { Draft } from "./document.ts";

/** What booking and catalog say, by their ids. */
export interface Sources {
  readonly facts: ReadonlyMap<string, InvoiceFacts>;
  readonly issuers: ReadonlyMap<string, Issuer>;
}

/** What becomes of a cause: a document, or another try later. */
export type Decided =
  | { readonly claimed: ClaimedCause; readonly draft: Draft }
  | { readonly claimed: ClaimedCause; readonly error: unknown };

type NewDocumentId = () => Id<"doc">;

/** A vendor that catalog does not know is named as booking knew it. */
export function issuerOf(
  { vendorId, vendorName }: InvoiceFacts,
  issuers: Sources["issuers"],
): DocumentIssuer {
  const known = issuers.get(vendorId);
  if (known === undefined) return { name: vendorName, legalName: null, taxId: null, address: null };
  const { name, legalName, taxId, address } = known;
  return { name, legalName, taxId, address };
}

function attempt(claimed: ClaimedCause, compose: () => Draft): Decided {
  try {
    return { claimed, draft: compose() };
  } catch (error) {
    return { claimed, error };
  }
}

/** Captures lead to invoices. */
export function decideInvoices(
  captures: readonly ClaimedCause[],
  { facts, issuers }: Sources,
  newDocumentId: NewDocumentId,
): Decided[] {
  return captures.map((claimed) =>
    attempt(claimed, () => {
      const known = facts.get(claimed.bookingId);
      if (known === undefined) throw new Error(`booking does not know ${claimed.bookingId}`);
      return composeInvoice(claimed, { facts: known, issuer: issuerOf(known, issuers), newDocumentId });
    }),
  );
}

/** A document that has its number. */
export type Numbered = Draft & { readonly number: string };

/** Refunds lead to credit notes, in the order they came, once their charge has an invoice. */
export function decideCreditNotes(
  refunds: readonly ClaimedCause[],
  documents: readonly Numbered[],
  newDocumentId: NewDocumentId,
): Decided[] {
  const invoices = new Map<string, Numbered>();
  const credited = new Map<string, Draft[]>();
  for (const document of documents) {
    if (document.kind === "invoice") invoices.set(chargeOf(document), document);
    else credited.set(chargeOf(document), [...(credited.get(chargeOf(document)) ?? []), document]);
  }
  return refunds.map((claimed) =>
    attempt(claimed, () => {
      const charge = chargeOf(claimed);
      const invoice = invoices.get(charge);
      if (invoice === undefined) throw new Error(`charge ${charge} has no invoice yet`);
      const before = credited.get(charge) ?? [];
      const draft = composeCreditNote(claimed, { invoice, credited: before }, newDocumentId);
      credited.set(charge, [...before, draft]);
      return draft;
    }),
  );
}

function chargeOf({ bookingId, charge }: Pick<Draft, "bookingId" | "charge">): string {
  return `${bookingId}/${charge}`;
}
