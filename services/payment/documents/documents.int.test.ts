import { type Id, newId } from "@holdfast/contracts/ids";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { postponeCauses } from "./claim-causes.ts";
import { type DocumentsWorld, openDocumentsWorld } from "./documents-world.fixture.ts";

let world: DocumentsWorld;
beforeAll(async () => {
  world = await openDocumentsWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

/** `INV-…-2026-000001` and so on. */
function inSequence(numbers: readonly string[], begins: string, year = 2026): void {
  const prefix = numbers[0]?.split("-")[1];
  expect(numbers).toEqual(
    numbers.map((_, index) => `${begins}-${prefix}-${year}-${String(index + 1).padStart(6, "0")}`),
  );
}

describe("numbers", () => {
  test("have no gap, whoever issues at the same time, and whoever of them gives up", async () => {
    const vendorIds = [newId("vnd"), newId("vnd")];
    for (let count = 0; count < 50; count += 1) {
      await world.capture(1000, { vendorId: vendorIds[count % 2]! });
    }
    const claimed = await world.claim();
    expect(claimed).toHaveLength(50);
    const givesUp = (index: number) => index % 5 === 4;
    const outcomes = await Promise.allSettled(
      claimed.map((one, index) =>
        world.issue([one], {
          before: () => {
            if (givesUp(index)) throw new Error("it fails before it commits");
          },
        }),
      ),
    );
    expect(outcomes.filter(({ status }) => status === "rejected")).toHaveLength(10);
    for (const vendorId of vendorIds) {
      const numbers = await world.numbersOf(vendorId);
      expect(numbers).toHaveLength(20);
      inSequence(numbers, "INV");
    }
    // Those that gave up come after all, and find the next numbers.
    await world.issue(claimed.filter((_, index) => givesUp(index)));
    for (const vendorId of vendorIds) {
      const numbers = await world.numbersOf(vendorId);
      expect(numbers).toHaveLength(25);
      inSequence(numbers, "INV");
    }
  });

  test("are a vendor's own for each kind and year, and in the order of their times", async () => {
    const vendorId = newId("vnd");
    const bookings = [await world.capture(1000, { vendorId }), await world.capture(1000, { vendorId })];
    await world.issue(await world.claim());
    for (const booking of bookings) await world.refund(booking, 400);
    await world.issue(await world.claim());
    inSequence(await world.numbersOf(vendorId), "INV");
    inSequence(await world.numbersOf(vendorId, "credit-note"), "CRN");
    await world.capture(1000, { vendorId });
    await world.issue(await world.claim(), { at: Temporal.Instant.from("2027-01-01T00:00:00Z") });
    const numbers = await world.numbersOf(vendorId);
    expect(numbers).toHaveLength(3);
    inSequence(numbers.slice(2), "INV", 2027);
    // A replica whose clock is behind puts nothing before what is there.
    await world.capture(1000, { vendorId });
    await world.issue(await world.claim(), { at: Temporal.Instant.from("2026-11-30T00:00:00Z") });
    const { rows } = await world.pool.query(
      "select place from documents where vendor_id = $1 and year = 2026 and kind = 'invoice' order by issued_at, place",
      [vendorId],
    );
    expect(rows).toEqual([{ place: 1 }, { place: 2 }, { place: 3 }]);
  });

  test("of two vendors are told apart, though their ids end alike", async () => {
    const vendorIds = ["vnd_01kbac9xw8fz5rv3cyaaaaaaaa", "vnd_01kbac9xw8fz5rv3cybaaaaaaa"] as const;
    for (const vendorId of vendorIds) {
      await world.capture(1000, { vendorId });
      await world.issue(await world.claim());
    }
    expect(await world.numbersOf(vendorIds[0])).toEqual(["INV-AAAAAA-2026-000001"]);
    expect(await world.numbersOf(vendorIds[1])).toEqual(["INV-CYBAAAAAAA-2026-000001"]);
  });
});

describe("money that moved", () => {
  const documentsOf = async (bookingId: Id<"bkg">) => {
    const { rows } = await world.pool.query<{ kind: string; total: number; tax: number; currency: string }>(
      `select kind, total_minor::integer as total, tax_minor::integer as tax, currency from documents
       where booking_id = $1 order by id`,
      [bookingId],
    );
    return rows;
  };

  test("has one document, however often it is issued", async () => {
    const { bookingId, vendorId } = await world.capture(1000);
    const claimed = await world.claim();
    await Promise.allSettled(Array.from({ length: 8 }, () => world.issue(claimed)));
    expect(await documentsOf(bookingId)).toHaveLength(1);
    expect(await world.numbersOf(vendorId)).toHaveLength(1);
    expect(await world.claim()).toEqual([]);
  });

  test("is issued for by whoever claimed it last, and by nobody who lost it meanwhile", async () => {
    const { bookingId } = await world.capture(1000);
    const [lost] = await world.claim();
    await postponeCauses(world.db, [{ ...lost!, afterMs: 0 }]);
    const held = await world.claim();
    await world.issue([lost!]);
    expect(await documentsOf(bookingId)).toEqual([]);
    await world.issue(held);
    expect(await documentsOf(bookingId)).toHaveLength(1);
  });

  test.for(["EUR", "JPY", "KWD"])(
    "in %s is on documents to the minor unit, refunds in parts and at once included",
    async (currency) => {
      const booking = await world.capture(100_003, { currency });
      await world.refund(booking, 1);
      await world.issue(await world.claim());
      await world.refund(booking, 33_334);
      await world.refund(booking, 66_668);
      await Promise.all((await world.claim()).map((one) => world.issue([one])));
      const documents = await documentsOf(booking.bookingId);
      expect(documents.map(({ kind, total }) => [kind, total])).toEqual(
        expect.arrayContaining([
          ["invoice", 100_003],
          ["credit-note", 1],
          ["credit-note", 33_334],
          ["credit-note", 66_668],
        ]),
      );
      expect(new Set(documents.map((one) => one.currency))).toEqual(new Set([currency]));
    },
  );

  test("that went back waits for the invoice of what was taken", async () => {
    const booking = await world.capture(1000);
    const captured = await world.claim();
    await world.refund(booking, 400);
    const [refunded] = await world.claim();
    const [decided] = await world.issue([refunded!]);
    expect(decided).toMatchObject({
      error: expect.objectContaining({ message: expect.stringContaining("no invoice yet") }),
    });
    await postponeCauses(world.db, [{ ...refunded!, afterMs: 0 }]);
    await world.issue(captured);
    await world.issue(await world.claim());
    expect((await documentsOf(booking.bookingId)).map(({ kind }) => kind)).toEqual([
      "invoice",
      "credit-note",
    ]);
  });

  test("is announced with its document, by ids and amounts alone", async () => {
    const { bookingId, vendorId } = await world.capture(1000);
    await world.issue(await world.claim());
    const { rows } = await world.pool.query<{ envelope: { data: object } }>(
      "select envelope from outbox where envelope::json -> 'data' ->> 'bookingId' = $1",
      [bookingId],
    );
    expect(rows.map(({ envelope }) => envelope.data)).toEqual([
      {
        documentId: expect.stringMatching(/^doc_/),
        kind: "invoice",
        number: expect.stringMatching(/^INV-\w{6}-2026-000001$/),
        vendorId,
        bookingId,
        charge: 1,
        total: { amountMinor: 1000, currency: "EUR" },
        taxMinor: 0,
      },
    ]);
  });
});

describe("Postgres alone refuses", () => {
  const copyOf = (changes: string) =>
    world.pool.query(
      `insert into documents select (json_populate_record(d, $1)).* from documents d order by id limit 1`,
      [changes],
    );

  beforeAll(async () => {
    await world.capture(1000);
    await world.issue(await world.claim());
  });

  test.for([
    ["to change a document", "update documents set total_minor = total_minor + 1"],
    ["to delete one", "delete from documents where id = (select min(id) from documents)"],
    ["to empty the table", "truncate documents"],
  ] as const)("%s", async ([, statement]) => {
    await expect(world.pool.query(statement)).rejects.toThrow("an issued document never changes");
  });

  test("a number that would leave a gap before it", async () => {
    const sound = { id: newId("doc"), cause: newId("rfd"), booking_id: newId("bkg"), number: "INV-X-2026-1" };
    const afterGap = copyOf(JSON.stringify({ ...sound, vendor_id: newId("vnd"), place: 2 }));
    await expect(afterGap).rejects.toMatchObject({ constraint: "documents_have_no_gap" });
    await copyOf(JSON.stringify({ ...sound, vendor_id: newId("vnd"), place: 1 }));
  });

  test.for([
    ["documents_one_a_cause", {}],
    ["documents_one_invoice_a_charge", { cause: newId("rfd"), vendor_id: newId("vnd"), place: 1 }],
    ["documents_numbered_once", { cause: newId("rfd"), booking_id: newId("bkg") }],
    ["documents_correct_an_invoice", { cause: newId("rfd"), booking_id: newId("bkg"), kind: "credit-note" }],
  ] as const)("what %s forbids", async ([constraint, changes]) => {
    const numbered = { id: newId("doc"), number: newId("doc"), ...changes };
    await expect(copyOf(JSON.stringify(numbered))).rejects.toMatchObject({ constraint });
  });
});
