import type { PriceLine } from "@holdfast/contracts/api/booking";
import { newId } from "@holdfast/contracts/ids";
import { expect, test } from "vitest";
import { composeCreditNote } from "./compose-credit-note.ts";
import { composeInvoice } from "./compose-invoice.ts";
import { factsOf, issuer, movementOf, priceLine, priceOf } from "./composed.fixture.ts";

const newDocumentId = () => newId("doc");
const vat = (amountMinor: number, included: boolean): PriceLine =>
  priceLine({ kind: "tax", label: "VAT", basisPoints: 2000, amountMinor, included });
const nights = priceLine({
  label: "Nights",
  count: 3,
  unit: "night",
  quantity: 2,
  unitAmountMinor: 2000,
  amountMinor: 12_000,
  adjustments: ["Weekend"],
});
const off = priceLine({ kind: "promotion", label: "Spring", amountMinor: -2000 });

test("an invoice has the lines of the price, taxes apart from them, and who issues it", () => {
  const facts = factsOf([priceOf([nights, off, vat(1667, true)])]);
  const invoice = composeInvoice(movementOf(facts, 10_000), { facts, issuer, newDocumentId });
  expect(invoice).toMatchObject({
    kind: "invoice",
    vendorId: facts.vendorId,
    customerId: facts.customerId,
    totalMinor: 10_000,
    invoice: null,
  });
  expect(invoice.content).toEqual({
    paidAt: "2029-12-01T12:00:00Z",
    issuer,
    booking: {
      bookingId: facts.bookingId,
      resourceTitle: "Chair by the window",
      startsAt: "2030-01-01T10:00:00Z",
      endsAt: "2030-01-01T11:00:00Z",
      zone: "Europe/Lisbon",
    },
    lines: [
      {
        label: "Chair by the window",
        details: ["Weekend"],
        counted: { count: 3, unit: "night", quantity: 2, unitAmountMinor: 2000 },
        amountMinor: 12_000,
      },
      { label: "Spring", details: [], counted: null, amountMinor: -2000 },
    ],
    netMinor: 8333,
    taxes: [{ label: "VAT", basisPoints: 2000, included: true, amountMinor: 1667 }],
  });
});

test("an added tax is no part of the lines, and is added to what they come to", () => {
  const facts = factsOf([priceOf([nights, vat(2400, false)])]);
  const { content } = composeInvoice(movementOf(facts, 14_400), { facts, issuer, newDocumentId });
  expect(content.lines.map(({ amountMinor }) => amountMinor)).toEqual([12_000]);
  expect([content.netMinor, content.taxes]).toEqual([
    12_000,
    [{ label: "VAT", basisPoints: 2000, included: false, amountMinor: 2400 }],
  ]);
});

test("taxes of one name, rate and kind are one, and lines of what is taken along say of what they are", () => {
  const stylist = newId("res");
  const facts = factsOf(
    [
      priceOf([
        nights,
        vat(2400, false),
        priceLine({ label: "Hours", amountMinor: 1000, resourceId: stylist }),
        priceLine({ kind: "fee", label: "Service", amountMinor: 100, resourceId: stylist }),
        { ...vat(220, false), resourceId: stylist },
        priceLine({ kind: "tax", label: "VAT", basisPoints: 500, amountMinor: 5, included: false }),
      ]),
    ],
    { also: [{ resourceId: stylist, resourceTitle: "Maria" }] },
  );
  const { content } = composeInvoice(movementOf(facts, 15_725), { facts, issuer, newDocumentId });
  expect(content.lines.map(({ label }) => label)).toEqual([
    "Chair by the window",
    "Maria",
    "Service (Maria)",
  ]);
  expect(content.taxes.map(({ basisPoints, amountMinor }) => [basisPoints, amountMinor])).toEqual([
    [2000, 2620],
    [500, 5],
  ]);
});

test("where a part was captured, a line takes off the rest, and the taxes are those of the part", () => {
  const facts = factsOf([priceOf([nights, vat(2400, false)])]);
  const { content } = composeInvoice(movementOf(facts, 3601), { facts, issuer, newDocumentId });
  expect(content.lines.map(({ label, amountMinor }) => [label, amountMinor])).toEqual([
    ["Chair by the window", 12_000],
    ["Not charged with this invoice", -8999],
  ]);
  expect(content).toMatchObject({ netMinor: 3001, taxes: [{ amountMinor: 600 }] });
});

test.for([
  [
    "a difference",
    [priceOf([nights]), priceOf([nights, vat(2400, false)], 2)],
    "Difference for the change of the booking",
  ],
  ["a balance", [priceOf([nights, vat(2400, false)])], "Balance of the booking's price"],
] as const)("the invoice of %s says so in one line, with its share of the taxes", ([, prices, label]) => {
  const facts = factsOf(prices);
  const captured = movementOf(facts, 2400, { charge: 2 });
  const { content } = composeInvoice(captured, { facts, issuer, newDocumentId });
  expect(content.lines).toEqual([{ label, details: [], counted: null, amountMinor: 2000 }]);
  expect(content).toMatchObject({ netMinor: 2000, taxes: [{ label: "VAT", amountMinor: 400 }] });
});

test("more than the lines known come to is invoiced in one line", () => {
  const facts = factsOf([priceOf([nights])]);
  const { content } = composeInvoice(movementOf(facts, 15_000), { facts, issuer, newDocumentId });
  expect(content.lines).toEqual([
    { label: "Chair by the window", details: [], counted: null, amountMinor: 15_000 },
  ]);
});

test("a credit note names its invoice and says its share of each tax; more than is left is refused", () => {
  const facts = factsOf([priceOf([nights, vat(2400, false)])]);
  const draft = composeInvoice(movementOf(facts, 14_400), { facts, issuer, newDocumentId });
  const invoice = { ...draft, number: "INV-ABC-2030-000001" };
  const refund = movementOf(facts, 7201, { paidAt: "2029-12-02T12:00:00Z" });
  const first = composeCreditNote(refund, { invoice, credited: [] }, newDocumentId);
  expect(first).toMatchObject({
    kind: "credit-note",
    totalMinor: 7201,
    invoice: { documentId: invoice.id, number: "INV-ABC-2030-000001" },
    content: {
      paidAt: "2029-12-02T12:00:00Z",
      booking: invoice.content.booking,
      netMinor: 6001,
      taxes: [{ label: "VAT", amountMinor: 1200 }],
      lines: [{ label: "Refund of what invoice INV-ABC-2030-000001 charged", amountMinor: 6001 }],
    },
  });
  const rest = { ...refund, amountMinor: 7199 };
  const second = composeCreditNote(rest, { invoice, credited: [first] }, newDocumentId);
  expect(second.content).toMatchObject({ netMinor: 5999, taxes: [{ amountMinor: 1200 }] });
  const beyond = () =>
    composeCreditNote({ ...refund, amountMinor: 7200 }, { invoice, credited: [first] }, newDocumentId);
  expect(beyond).toThrow("no more is given back than the invoice has left");
});
