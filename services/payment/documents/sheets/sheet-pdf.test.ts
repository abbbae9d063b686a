import { extractText, getDocumentProxy, getMeta } from "unpdf";
import { describe, expect, test } from "vitest";
import { documentSheet } from "./document-sheet.ts";
import { receiptSheet } from "./receipt-sheet.ts";
import type { Sheet } from "./sheet.ts";
import { sheetPdf } from "./sheet-pdf.ts";
import { documentView, line, receiptView } from "./views.fixture.ts";

/** The text of each page, as a reader of another make finds it. */
async function pagesOf(sheet: Sheet): Promise<string[]> {
  const file = await getDocumentProxy(await sheetPdf(sheet));
  const { text } = await extractText(file);
  return text.map((page) => page.replaceAll(/\s+/g, " "));
}

const many = (count: number) =>
  documentView({
    lines: Array.from({ length: count }, (_, index) =>
      line({ label: `Line ${index + 1}.`, details: ["So."] }),
    ),
  });

describe("a document as a PDF", () => {
  test("says everything that stands on it, in Latin, Greek and Cyrillic letters", async () => {
    const [page, ...others] = await pagesOf(documentSheet(documentView()));
    expect(others).toEqual([]);
    for (const text of [
      "Invoice INV-K7Q2MD-2026-000123",
      "Casa Azul – Alojamento, Lda.",
      "Rua da Prata 12, 3.º Dto.",
      "Łucja Жанна Γεωργίου",
      "3 nights × 2",
      "Winter season",
      "-€42.00",
      "City tax",
      "€481.60",
      "Includes VAT (6 %)",
      "Page 1 of 1",
    ]) {
      expect(page).toContain(text);
    }
    expect(page).not.toContain("Some letters cannot be shown");
  });

  test.for([
    ["JPY", "JP¥48,160"],
    ["KWD", "KWD 48.160"],
    ["INR", "₹481.60"],
    ["VND", "₫48,160"],
  ] as const)("has amounts of %s as they are written", async ([currency, shown]) => {
    const view = documentView({ total: { amountMinor: 48_160, currency } });
    expect((await pagesOf(documentSheet(view)))[0]).toContain(shown);
  });

  test("goes on over as many pages as it has lines for, each with the columns' names, none left out", async () => {
    const pages = await pagesOf(documentSheet(many(90)));
    expect(pages.length).toBeGreaterThan(2);
    for (const [index, page] of pages.entries()) {
      expect(page).toContain(`Page ${index + 1} of ${pages.length}`);
    }
    const withLines = pages.filter((page) => page.includes("Line "));
    expect(withLines.filter((page) => !page.includes("What How many Price of one Amount"))).toEqual([]);
    const numbers = [...pages.join(" ").matchAll(/Line (\d+)\./g)].map(([, number]) => Number(number));
    expect(numbers).toEqual(Array.from({ length: 90 }, (_, index) => index + 1));
  });

  test.for([18, 19, 20, 21, 22, 23])("keeps what %i lines come to together on one page", async (count) => {
    const pages = await pagesOf(documentSheet(many(count)));
    const last = pages.at(-1) ?? "";
    for (const text of ["Subtotal", "Total", "Without tax", "Nothing is due."]) expect(last).toContain(text);
  });

  test("breaks what is too long for its column, and loses nothing of it", async () => {
    const word = "Donaudampfschifffahrtsgesellschaft".repeat(6);
    const [page = ""] = await pagesOf(documentSheet(documentView({ lines: [line({ label: word })] })));
    expect(page.replaceAll(" ", "")).toContain(word);
  });

  test("shows letters of other scripts as missing, and says where they are to be seen", async () => {
    const view = documentView({ guest: { userId: "usr_01kbac9xw8fz5rv3cy2e58f0hn", name: "東京 Ana 👩‍👧" } });
    const [page] = await pagesOf(documentSheet(view));
    expect(page).toContain("\uFFFD\uFFFD Ana \uFFFD");
    expect(page).toContain("Some letters cannot be shown here");
  });

  test("is the same file, byte by byte, whenever it is made", async () => {
    const [one, other] = [await sheetPdf(documentSheet(many(40))), await sheetPdf(documentSheet(many(40)))];
    expect(Buffer.compare(one, other)).toBe(0);
    const { info } = await getMeta(await getDocumentProxy(one));
    expect(info).toMatchObject({
      Title: "Invoice INV-K7Q2MD-2026-000123",
      CreationDate: "D:20261201150000Z",
    });
  });
});

test("a receipt as a PDF has its payments, or says that there are none", async () => {
  const at = "2026-12-06T10:00:00Z";
  const [page] = await pagesOf(receiptSheet(receiptView(), at));
  for (const text of ["Receipt", "6 December 2026", "being written", "-€81.60", "Kept", "€400.00"]) {
    expect(page).toContain(text);
  }
  const none = receiptView({ movements: [], paidMinor: 0, refundedMinor: 0, keptMinor: 0 });
  expect((await pagesOf(receiptSheet(none, at)))[0]).toContain("Nothing has been paid.");
});
