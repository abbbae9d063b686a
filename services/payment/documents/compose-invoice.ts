/** What stands on the invoice for a captured charge. Pure. */
import assert from "node:assert";
import type { PriceLine } from "@holdfast/contracts/api/booking";
import type { DocumentIssuer, DocumentLine } from "@holdfast/contracts/api/documents";
import type { ChargedPrice, InvoiceFacts } from "@holdfast/contracts/api/invoice-facts";
import type { Id } from "@holdfast/contracts/ids";
import type { Draft } from "./document.ts";
import { addedTaxOf, type Parts, partsOf, shareOf } from "./parts.ts";

/** Money that moved, and so is to have a document. */
export interface Movement {
  readonly cause: string;
  readonly bookingId: Id<"bkg">;
  readonly charge: number;
  readonly customerId: Id<"usr">;
  readonly currency: string;
  readonly amountMinor: number;
  /** When it moved. */
  readonly paidAt: string;
}

/** Everything else that an invoice says. */
export interface InvoiceSources {
  readonly facts: InvoiceFacts;
  readonly issuer: DocumentIssuer;
  readonly newDocumentId: () => Id<"doc">;
}

/** What the booking cost when the charge was asked for: a balance is a part of a price that an earlier charge has. */
function priceOf({ prices }: InvoiceFacts, charge: number): ChargedPrice {
  const price = prices.findLast((one) => one.charge <= charge) ?? prices[0];
  assert(price, "booking tells the price of a charge at least");
  return price;
}

/** A line that only says what it is for. */
function plainLine(label: string, amountMinor: number): DocumentLine {
  return { label, details: [], counted: null, amountMinor };
}

function lineOf(line: PriceLine, { resourceTitle, also }: InvoiceFacts): DocumentLine {
  const { kind, label, adjustments, count, unit, quantity, unitAmountMinor, amountMinor, resourceId } = line;
  const other = also.find((one) => one.resourceId === resourceId)?.resourceTitle;
  const isOne = unit === "booking" && count === 1 && quantity === 1;
  return {
    label: kind === "base" ? (other ?? resourceTitle) : other === undefined ? label : `${label} (${other})`,
    details: [...adjustments],
    counted: isOne ? null : { count, unit, quantity, unitAmountMinor },
    amountMinor,
  };
}

/** Lines that add up to what the parts are without added taxes. */
function linesOf(
  { charge }: Movement,
  price: ChargedPrice,
  facts: InvoiceFacts,
  parts: Parts,
): DocumentLine[] {
  const wantedMinor = parts.netMinor + includedTaxOf(parts);
  if (charge > 1) {
    const label =
      price.charge === charge ? "Difference for the change of the booking" : "Balance of the booking's price";
    return [plainLine(label, wantedMinor)];
  }
  const lines = price.lines.filter(({ kind }) => kind !== "tax").map((line) => lineOf(line, facts));
  const restMinor = wantedMinor - lines.reduce((sum, line) => sum + line.amountMinor, 0);
  if (restMinor === 0) return lines;
  // More was taken than the lines known now come to: booking did not yet keep what they were.
  if (restMinor > 0) return [plainLine(facts.resourceTitle, wantedMinor)];
  return [...lines, plainLine("Not charged with this invoice", restMinor)];
}

function includedTaxOf({ taxes }: Parts): number {
  return taxes.reduce((sum, tax) => sum + (tax.included ? tax.amountMinor : 0), 0);
}

/**
 * The invoice for what was captured of a charge: the booking's own with the lines of its price, a difference or a
 * balance with a line that says so. Taxes are those of the price, in proportion where it is a part of it.
 */
export function composeInvoice(captured: Movement, { facts, issuer, newDocumentId }: InvoiceSources): Draft {
  const { bookingId, charge, amountMinor } = captured;
  const price = priceOf(facts, charge);
  const parts = shareOf(partsOf(price.lines), amountMinor);
  const lines = linesOf(captured, price, facts, parts);
  assert.equal(
    lines.reduce((sum, line) => sum + line.amountMinor, addedTaxOf(parts)),
    amountMinor,
    "an invoice adds up to what was captured",
  );
  const { resourceTitle, zone } = facts;
  const { startsAt, endsAt } = price;
  return {
    id: newDocumentId(),
    kind: "invoice",
    cause: captured.cause,
    vendorId: facts.vendorId,
    bookingId,
    charge,
    customerId: captured.customerId,
    currency: captured.currency,
    totalMinor: amountMinor,
    invoice: null,
    content: {
      ...parts,
      paidAt: captured.paidAt,
      issuer,
      booking: { bookingId, resourceTitle, startsAt, endsAt, zone },
      lines,
    },
  };
}
