import type { PriceLine } from "@holdfast/contracts/api/booking";
import { newId } from "@holdfast/contracts/ids";
import fc from "fast-check";
import { expect, test } from "vitest";
import { composeInvoice } from "./compose-invoice.ts";
import { factsOf, issuer, movementOf, priceLine, priceOf } from "./composed.fixture.ts";
import type { ClaimedCause } from "./claim-causes.ts";
import { decideCreditNotes } from "./decide-documents.ts";
import type { Draft } from "./document.ts";
import { addedTaxOf, totalOf } from "./parts.ts";

const newDocumentId = () => newId("doc");

const taxes = fc.array(
  fc.record({
    label: fc.constantFrom("VAT", "City tax"),
    basisPoints: fc.constantFrom(500, 1000, 2000),
    included: fc.boolean(),
  }),
  { maxLength: 4 },
);

/** Lines as booking makes them: something to pay for, sometimes less off, and taxes on what they come to. */
const lines = fc
  .tuple(fc.array(fc.integer({ min: 1, max: 500_000 }), { minLength: 1, maxLength: 5 }), fc.nat(100), taxes)
  .map(([amounts, percentOff, taxed]): PriceLine[] => {
    const base = amounts.map((amountMinor) => priceLine({ amountMinor }));
    const sum = amounts.reduce((total, amount) => total + amount, 0);
    const off = Math.floor((sum * percentOff) / 200);
    const before = sum - off;
    return [
      ...base,
      ...(off === 0 ? [] : [priceLine({ kind: "promotion", label: "Off", amountMinor: -off })]),
      ...taxed.map((tax) => {
        const of = tax.included ? 10_000 + tax.basisPoints * taxed.length : 10_000;
        return priceLine({ kind: "tax", ...tax, amountMinor: Math.round((before * tax.basisPoints) / of) });
      }),
    ];
  });

/** A charge: its number, how much of it was captured, and which shares of that went back, one after the other. */
const charges = fc.array(
  fc.record({
    lines,
    capturedPercent: fc.integer({ min: 1, max: 100 }),
    refunds: fc.array(fc.integer({ min: 1, max: 100 }), { maxLength: 5 }),
  }),
  { minLength: 1, maxLength: 3 },
);

function claimed(of: ReturnType<typeof movementOf>, kind: ClaimedCause["kind"]): ClaimedCause {
  return { ...of, kind, attempts: 1, failures: 0 };
}

/** Each document is sound by itself: its lines and added taxes are its total, and so are its parts. */
function expectSound({ totalMinor, content }: Draft): void {
  const lineSum = content.lines.reduce((sum, line) => sum + line.amountMinor, 0);
  expect(lineSum + addedTaxOf(content)).toBe(totalMinor);
  expect(totalOf(content)).toBe(totalMinor);
  for (const tax of content.taxes) expect(tax.amountMinor).toBeGreaterThanOrEqual(0);
}

const taxNamed = ({ content }: Draft, index: number) => content.taxes[index]?.amountMinor ?? 0;
const sumOf = (amounts: readonly number[]) => amounts.reduce((sum, amount) => sum + amount, 0);

test("a booking's invoices without its credit notes are what was captured and not given back, to the cent", () => {
  fc.assert(
    fc.property(charges, fc.constantFrom("EUR", "JPY", "KWD"), (given, currency) => {
      const prices = given.map(({ lines: of }, index) => priceOf(of, index + 1));
      const facts = factsOf(prices, { currency });
      let [capturedMinor, refundedMinor, invoicedMinor, creditedMinor] = [0, 0, 0, 0];
      for (const [index, { capturedPercent, refunds }] of given.entries()) {
        const charge = index + 1;
        const amount = Math.ceil((prices[index]!.totalMinor * capturedPercent) / 100);
        if (amount === 0) continue;
        const captured = movementOf(facts, amount, { charge });
        const invoice = { ...composeInvoice(captured, { facts, issuer, newDocumentId }), number: "INV-1" };
        expectSound(invoice);
        capturedMinor += amount;
        invoicedMinor += invoice.totalMinor;
        const causes: ClaimedCause[] = [];
        let leftMinor = amount;
        for (const percent of refunds) {
          const back = Math.ceil((leftMinor * percent) / 100);
          if (back === 0) continue;
          causes.push(claimed(movementOf(facts, back, { charge }), "refund"));
          leftMinor -= back;
          refundedMinor += back;
        }
        const notes = decideCreditNotes(causes, [invoice], newDocumentId).map((one) => {
          if (!("draft" in one)) throw one.error;
          return one.draft;
        });
        for (const note of notes) expectSound(note);
        creditedMinor += sumOf(notes.map(({ totalMinor }) => totalMinor));
        for (const at of invoice.content.taxes.keys()) {
          const left = taxNamed(invoice, at) - sumOf(notes.map((note) => taxNamed(note, at)));
          // Nothing of a tax is given back twice, and once everything went back nothing of it is left.
          expect(left).toBeGreaterThanOrEqual(0);
          expect(left).toBeLessThanOrEqual(leftMinor);
        }
      }
      expect(invoicedMinor - creditedMinor).toBe(capturedMinor - refundedMinor);
    }),
    { numRuns: 300 },
  );
});
