import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { documentSheet } from "./document-sheet.ts";
import { receiptSheet } from "./receipt-sheet.ts";
import { sheetPage } from "./sheet-page.ts";
import { documentView, line, receiptView } from "./views.fixture.ts";

const plain = (text: string) => text.replaceAll("\u00a0", " ");

describe("an invoice's sheet", () => {
  const sheet = documentSheet(documentView());

  test("says who, what, when and how much, added taxes before the total and included ones after", () => {
    expect(sheet.facts).toEqual([
      ["Date of issue", "1 December 2026"],
      ["Paid on", "30 November 2026"],
    ]);
    expect(sheet.blocks.map(({ lines }) => lines)).toEqual([
      [
        "Casa Azul – Alojamento, Lda.",
        "Casa Azul",
        "Rua da Prata 12, 3.º Dto.",
        "1100-420 Lisboa",
        "Portugal",
        "Tax number PT 501 442 600",
      ],
      ["Łucja Жанна Γεωργίου"],
      [
        "Double room",
        "20 December 2026, 15:00 – 23 December 2026, 11:00 (Europe/Lisbon)",
        "bkg_01kbac9xw8fz5rv3cy2e58f0hn",
      ],
    ]);
    expect(sheet.rows).toEqual([
      { cells: ["Double room", "3 nights × 2", "€70.00", "€420.00"], details: ["Winter season"] },
      { cells: ["Winter offer", "", "", "-€42.00"], details: [] },
    ]);
    expect(sheet.totals.map(({ label, amount }) => plain(`${label}: ${amount}`))).toEqual([
      "Subtotal: €475.00",
      "City tax: €6.60",
      "Total: €481.60",
      "Includes VAT (6 %): €26.89",
      "Without tax: €448.11",
    ]);
  });

  test("says a tax's rate once, also where its label has it already", () => {
    const taxes = [{ label: "VAT 6 %", basisPoints: 600, included: true, amountMinor: 2689 }];
    expect(documentSheet(documentView({ taxes })).totals[1]?.label).toBe("Includes VAT 6 %");
  });

  test("is of its vendor's name alone where nothing more is known of it", () => {
    const issuer = { name: "Casa Azul", legalName: null, taxId: null, address: null };
    expect(documentSheet(documentView({ issuer })).blocks[0]?.lines).toEqual(["Casa Azul"]);
  });

  test("names the charge beyond the first, and the time within one day once", () => {
    const { booking } = documentView();
    const oneDay = { ...booking, endsAt: "2026-12-20T16:30:00Z" };
    expect(documentSheet(documentView({ charge: 2, booking: oneDay })).blocks[2]?.lines).toEqual([
      "Double room",
      "20 December 2026, 15:00–16:30 (Europe/Lisbon)",
      "bkg_01kbac9xw8fz5rv3cy2e58f0hn, charge 2",
    ]);
  });

  test.for([
    ["JPY", 48_160, "JP¥48,160"],
    ["KWD", 48_160, "KWD 48.160"],
    ["EUR", 48_160, "€481.60"],
  ] as const)("has the decimals that %s has", ([currency, amountMinor, shown]) => {
    const { totals } = documentSheet(documentView({ total: { amountMinor, currency }, taxes: [] }));
    expect(totals.map(({ amount }) => plain(amount))).toEqual([shown]);
  });

  test.for([
    [{ count: 1.5, unit: "hour", quantity: 1 }, "1.5 hours"],
    [{ count: 1, unit: "hour", quantity: 3 }, "1 hour × 3"],
    [{ count: 1, unit: "booking", quantity: 4 }, "4"],
  ] as const)("counts as people do", ([counted, shown]) => {
    const lines = [line({ counted: { ...counted, unitAmountMinor: 100 } })];
    expect(documentSheet(documentView({ lines })).rows[0]?.cells[1]).toBe(shown);
  });
});

test("a credit note's sheet names the invoice it corrects", () => {
  const invoice = { documentId: "doc_01kbac9xw8fz5rv3cy2e58f0hn", number: "INV-K7Q2MD-2026-000123" } as const;
  const sheet = documentSheet(
    documentView({ kind: "credit-note", number: "CRN-K7Q2MD-2026-000007", invoice }),
  );
  expect([sheet.title, sheet.number]).toEqual(["Credit note", "CRN-K7Q2MD-2026-000007"]);
  expect(sheet.facts).toContainEqual(["Corrects invoice", "INV-K7Q2MD-2026-000123"]);
});

test("what is paid on arrival is said to be paid there, and not to have been paid or given back", () => {
  const invoice = { documentId: "doc_01kbac9xw8fz5rv3cy2e58f0hn", number: "INV-K7Q2MD-2026-000123" } as const;
  const ofInvoice = documentSheet(documentView({ provider: "on-arrival" }));
  const ofNote = documentSheet(documentView({ provider: "on-arrival", kind: "credit-note", invoice }));
  expect([ofInvoice.notes, ofNote.notes]).toEqual([
    ["Paid on arrival."],
    ["No longer to be paid on arrival."],
  ]);
  expect(JSON.stringify([ofInvoice, ofNote])).not.toMatch(/Paid on"|Given back|given back|Nothing is due/);
});

describe("a receipt's sheet", () => {
  test("has every payment and refund, and what is kept", () => {
    const sheet = receiptSheet(receiptView(), "2026-12-06T10:00:00Z");
    expect([sheet.title, sheet.number]).toEqual(["Receipt", null]);
    expect(sheet.rows.map(({ cells }) => cells)).toEqual([
      ["Payment", "30 November 2026", "INV-K7Q2MD-2026-000123", "€481.60"],
      ["Refund", "5 December 2026", "being written", "-€81.60"],
    ]);
    expect(sheet.totals.map(({ amount }) => amount)).toEqual(["€481.60", "-€81.60", "€400.00"]);
  });

  test("says what the guest's bank gave back, which no document is about", () => {
    const charged = receiptView({ chargedBackMinor: 10_000, keptMinor: 30_000 });
    const { rows, totals } = receiptSheet(charged, "2026-12-06T10:00:00Z");
    expect(rows).toHaveLength(2);
    expect(totals.slice(2).map(({ label, amount }) => [label, amount])).toEqual([
      ["Given back by the guest's bank", "-€100.00"],
      ["Kept", "€300.00"],
    ]);
  });

  test("says so where nothing was paid", async () => {
    const none = receiptView({ movements: [], paidMinor: 0, refundedMinor: 0, keptMinor: 0 });
    expect(await sheetPage(receiptSheet(none, "2026-12-06T10:00:00Z"))).toContain("Nothing has been paid.");
  });
});

describe("the page", () => {
  test("has every text escaped, wherever it stands", async () => {
    const evil = `<script>alert("1")</script>&'`;
    const view = documentView({
      number: evil,
      issuer: { name: evil, legalName: evil, taxId: evil, address: null },
      guest: { userId: "usr_01kbac9xw8fz5rv3cy2e58f0hn", name: evil },
      booking: { ...documentView().booking, resourceTitle: evil },
      lines: [line({ label: evil, details: [evil] })],
      taxes: [{ label: evil, basisPoints: 600, included: true, amountMinor: 1 }],
    });
    const page = await sheetPage(documentSheet(view));
    expect(page).not.toContain("<script");
    expect(page).not.toContain(evil);
    expect(page.split("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;").length - 1).toBe(9);
  });

  test("lets a browser apply its own styles, and run or fetch nothing", async () => {
    const page = await sheetPage(documentSheet(documentView()));
    const [, style = ""] = /<style>([\s\S]*?)<\/style>/.exec(page) ?? [];
    const hash = createHash("sha256").update(style).digest("base64");
    expect(page.replaceAll("&#39;", "'")).toContain(
      `http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${hash}'"`,
    );
    expect(page).not.toMatch(/<(?:script|link|img|iframe|form|object)|\sstyle=|\son\w+=|url\(|@import/);
  });
});
