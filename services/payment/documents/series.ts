/** How documents are numbered: each vendor has a series for each kind and year. */
import type { DocumentKind } from "@holdfast/contracts/events/payment";
import type { Id } from "@holdfast/contracts/ids";

export interface Series {
  readonly vendorId: Id<"vnd">;
  readonly kind: DocumentKind;
  readonly year: number;
}

const begins = { invoice: "INV", "credit-note": "CRN" } as const satisfies Record<DocumentKind, string>;

/** `INV-K7Q2MD-2026-000123`. */
export function formatNumber(
  { kind, year }: Omit<Series, "vendorId">,
  prefix: string,
  place: number,
): string {
  return `${begins[kind]}-${prefix}-${year}-${String(place).padStart(6, "0")}`;
}

const shortest = 6;
const step = 4;

/** What may stand for the vendor in its numbers, the shortest first: the end of its id, which is its random part. */
export function prefixesOf(vendorId: Id<"vnd">): string[] {
  const tail = vendorId.slice(vendorId.indexOf("_") + 1).toUpperCase();
  const prefixes: string[] = [];
  for (let length = shortest; length < tail.length; length += step) prefixes.push(tail.slice(-length));
  return [...prefixes, tail];
}
