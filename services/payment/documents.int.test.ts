import type { DocumentView, ReceiptView } from "@holdfast/contracts/api/documents";
import { vendorMemberAdded } from "@holdfast/contracts/events/catalog";
import { newId } from "@holdfast/contracts/ids";
import { until } from "@holdfast/testkit/until";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { disputesIn } from "./disputes/dispute-world.fixture.ts";
import { documentsOf, get, guestOf, makeKnown, paid } from "./documents/paid-bookings.fixture.ts";
import { expectBooksAgree } from "./books-agree.fixture.ts";
import {
  type PaymentWorld,
  startPaymentWorld,
  type TestBooking,
  totalMinor,
} from "./payment-service.fixture.ts";

let world: PaymentWorld;
beforeAll(async () => {
  world = await startPaymentWorld();
}, 120_000);
afterAll(async () => {
  try {
    await expectBooksAgree(world);
  } finally {
    await world[Symbol.asyncDispose]();
  }
});

/** Paid for, with its invoice. */
async function invoiced(): Promise<{ booking: TestBooking; invoice: string }> {
  const booking = await paid(world);
  makeKnown(world, booking);
  const [invoice] = await documentsOf(world, booking, 1);
  return { booking, invoice: `/v1/documents/${invoice?.documentId}` };
}

async function json<T>(response: Response): Promise<T> {
  return (await response.json()) as T;
}

describe("what was paid for", () => {
  test("is invoiced to the guest, with the lines booking has and what catalog says of the vendor", async () => {
    const { booking, invoice } = await invoiced();
    const document = await json<DocumentView>(await get(world, invoice, guestOf(booking)));
    expect(document).toMatchObject({
      kind: "invoice",
      number: expect.stringMatching(/^INV-[0-9A-Z]{6}-\d{4}-000001$/),
      bookingId: booking.bookingId,
      vendorId: booking.vendorId,
      charge: 1,
      invoice: null,
      total: { amountMinor: totalMinor, currency: "EUR" },
      taxMinor: 1597,
      netMinor: 8403,
      issuer: { legalName: "Casa Azul, Lda.", taxId: "PT 501 442 600" },
      guest: { userId: booking.customerId, name: "Ana <b>Bold</b>" },
      lines: [{ amountMinor: 9000 }, { label: "Cleaning", amountMinor: 1000 }],
      taxes: [{ label: "VAT", basisPoints: 1900, included: true, amountMinor: 1597 }],
    });
    const { rows } = await world.sql.query<{ at: Date }>(
      "select at from ledger_transactions where booking_id = $1 and kind = 'capture'",
      [booking.bookingId],
    );
    expect(Date.parse(document.paidAt)).toBe(rows[0]?.at.getTime());
  });

  test("and went back in part is corrected by a credit note that names the invoice", async () => {
    const { booking } = await invoiced();
    await booking.cancelled(2_500);
    const [invoice, creditNote] = await documentsOf(world, booking, 2);
    expect(creditNote).toMatchObject({
      kind: "credit-note",
      number: expect.stringMatching(/^CRN-[0-9A-Z]{6}-\d{4}-000001$/),
      total: { amountMinor: 7_500 },
      // Three quarters of 15.97, to the nearest of the units that are left.
      taxMinor: 1_198,
      invoice: { documentId: invoice?.documentId, number: invoice?.number },
    });
    const receipt = await json<ReceiptView>(
      await get(world, `/v1/bookings/${booking.bookingId}/receipt`, guestOf(booking)),
    );
    expect(receipt).toMatchObject({
      paidMinor: 10_000,
      refundedMinor: 7_500,
      keptMinor: 2_500,
      movements: [
        { kind: "payment", amountMinor: 10_000, document: invoice?.number },
        { kind: "refund", amountMinor: 7_500, document: creditNote?.number },
      ],
    });
  });

  test("and was given back by the guest's bank is on the receipt, and credited by no document", async () => {
    const { booking } = await invoiced();
    const at = disputesIn(world);
    await at.decide(await at.dispute(booking, 4_000), "lost");
    await at.reachesState(booking, "lost");
    const receipt = await get(world, `/v1/bookings/${booking.bookingId}/receipt`, guestOf(booking));
    expect(await json<ReceiptView>(receipt)).toMatchObject({
      paidMinor: 10_000,
      refundedMinor: 0,
      chargedBackMinor: 4_000,
      keptMinor: 6_000,
      movements: [{ kind: "payment" }],
    });
    const { rows } = await world.sql.query("select kind from document_causes where booking_id = $1", [
      booking.bookingId,
    ]);
    expect(rows).toEqual([{ kind: "capture" }]);
  });

  test("waits for its invoice while booking or catalog are away, and has one once both are back", async () => {
    world.others.away.add("booking");
    const booking = await paid(world);
    const failures = (more: number) =>
      until(`${more} failures`, async () => {
        const { rows } = await world.sql.query<{ failures: number; documents: string }>(
          `select failures, (select count(*) from documents where booking_id = $1) as documents
           from document_causes where booking_id = $1`,
          [booking.bookingId],
        );
        expect(rows[0]?.documents).toBe("0");
        return (rows[0]?.failures ?? 0) >= more;
      });
    await failures(1);
    // The receipt needs what booking alone knows.
    const receipt = `/v1/bookings/${booking.bookingId}/receipt`;
    expect((await get(world, receipt, guestOf(booking))).status).toBe(503);
    makeKnown(world, booking);
    world.others.away.add("catalog");
    await failures(2);
    world.others.away.clear();
    await world.sql.query(
      "update document_causes set next_attempt_at = now() where booking_id = $1 and document_id is null",
      [booking.bookingId],
    );
    expect(await documentsOf(world, booking, 1)).toMatchObject([{ kind: "invoice" }]);
  });
});

describe("a document", () => {
  test("is read by the guest, the vendor's people and administrators, and is not there for anybody else", async () => {
    const { booking, invoice } = await invoiced();
    const { vendorId, bookingId } = booking;
    const member = { userId: newId("usr"), roles: ["vendor"] } as const;
    const data = { vendorId, userId: member.userId, role: "staff" } as const;
    await world.tap.emit(vendorMemberAdded, { subject: vendorId, version: 2, data });
    const ofVendor = `/v1/vendors/${vendorId}/documents`;
    await until("the member to be known", async () => (await get(world, ofVendor, member)).status === 200);
    const paths = [
      invoice,
      `/v1/bookings/${bookingId}/documents`,
      `/v1/bookings/${bookingId}/receipt`,
      ofVendor,
    ];
    const statuses = (as: Parameters<typeof get>[2]) =>
      Promise.all(paths.map(async (path) => (await get(world, path, as)).status));
    expect(await statuses(guestOf(booking))).toEqual([200, 200, 200, 404]);
    expect(await statuses(member)).toEqual([200, 200, 200, 200]);
    expect(await statuses({ userId: newId("usr"), roles: ["admin"] })).toEqual([200, 200, 200, 200]);
    for (const roles of [["customer"], ["vendor"], ["support"]] as const) {
      expect(await statuses({ userId: newId("usr"), roles })).toEqual([404, 404, 404, 404]);
    }
    expect(await statuses({ userId: newId("usr"), roles: ["service"] })).toEqual([403, 403, 403, 403]);
  });

  test("shows the guest by their id once auth knows no such account, or is away", async () => {
    const { booking, invoice } = await invoiced();
    const name = async () =>
      (await json<DocumentView>(await get(world, invoice, guestOf(booking)))).guest.name;
    expect(await name()).toBe("Ana <b>Bold</b>");
    world.others.away.add("auth");
    expect(await name()).toBe(`Guest ${booking.customerId}`);
    world.others.away.delete("auth");
    world.others.names.delete(booking.customerId);
    expect(await name()).toBe(`Guest ${booking.customerId}`);
    const { rows } = await world.sql.query("select from documents where content::text like '%Ana%'");
    expect(rows).toEqual([]);
  });

  test("comes as what Accept likes best, or as the format says, and as JSON where nothing is liked", async () => {
    const { booking, invoice } = await invoiced();
    const typeOf = async (path: string, accept?: string) => {
      const response = await get(world, path, guestOf(booking), accept === undefined ? {} : { accept });
      expect([response.headers.get("cache-control"), response.headers.get("vary")]).toEqual([
        "no-store",
        "accept",
      ]);
      return response.headers.get("content-type");
    };
    const receipt = `/v1/bookings/${booking.bookingId}/receipt`;
    for (const path of [invoice, receipt]) {
      expect(await typeOf(path)).toBe("application/json");
      expect(await typeOf(path, "text/html,application/xhtml+xml,*/*;q=0.8")).toBe(
        "text/html; charset=utf-8",
      );
      expect(await typeOf(path, "application/pdf")).toBe("application/pdf");
      expect(await typeOf(path, "image/png")).toBe("application/json");
      expect(await typeOf(`${path}?format=pdf`, "text/html")).toBe("application/pdf");
    }
    const page = await (await get(world, `${invoice}?format=html`, guestOf(booking))).text();
    expect(page).toContain("Ana &lt;b&gt;Bold&lt;/b&gt;");
    const file = await get(world, `${invoice}?format=pdf`, guestOf(booking));
    expect(file.headers.get("content-disposition")).toMatch(/^attachment; filename="INV-[\w-]+\.pdf"$/);
    expect(
      Buffer.from(await file.arrayBuffer())
        .subarray(0, 5)
        .toString(),
    ).toBe("%PDF-");
    expect((await get(world, `${invoice}?format=xml`, guestOf(booking))).status).toBe(400);
  });
});

test("a vendor's documents come newest first, by kind and by time, page by page", async () => {
  const { booking } = await invoiced();
  await booking.cancelled(0);
  await documentsOf(world, booking, 2);
  const admin = { userId: newId("usr"), roles: ["admin"] } as const;
  type Page = { items: { kind: string; issuedAt: string; documentId: string }[]; next: string | null };
  const list = async (query: string) =>
    json<Page>(await get(world, `/v1/vendors/${booking.vendorId}/documents?${query}`, admin));
  const { items, next } = await list("");
  expect(items.map(({ kind }) => kind)).toEqual(["credit-note", "invoice"]);
  expect(next).toBe(null);
  const first = await list("limit=1");
  expect(first.items).toEqual(items.slice(0, 1));
  const second = await list(`limit=1&after=${first.next}`);
  expect([second.items, second.next]).toEqual([items.slice(1), null]);
  expect((await list("kind=invoice")).items).toEqual(items.slice(1));
  expect((await list(`to=${items[0]!.issuedAt}`)).items.map(({ kind }) => kind)).not.toContain("credit-note");
  expect((await list("from=2199-01-01T00:00:00Z")).items).toEqual([]);
});
