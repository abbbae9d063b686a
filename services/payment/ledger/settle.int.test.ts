import { newId } from "@holdfast/contracts/ids";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectBooksAgree } from "../books-agree.fixture.ts";
import {
  type PaymentWorld,
  startPaymentWorld,
  type TestBooking,
  totalMinor,
} from "../payment-service.fixture.ts";
import { capturedIn, settledIn } from "./settled-bookings.fixture.ts";

let world: PaymentWorld;
beforeAll(async () => {
  world = await startPaymentWorld();
}, 120_000);
afterAll(() => world[Symbol.asyncDispose]());

const captured = (booking?: TestBooking) => capturedIn(world, booking);
const settled = (booking: TestBooking, times?: number) => settledIn(world, booking, times);

/** Somebody gives money back at Stripe's dashboard; its webhook tells. */
async function giveBackByHand(booking: TestBooking, amountMinor: number): Promise<void> {
  const [intent] = world.books(booking);
  const response = await fetch(`${world.stripe.url}/v1/refunds`, {
    method: "POST",
    headers: { authorization: "Bearer sk_test_holdfast" },
    body: new URLSearchParams({ payment_intent: intent?.id ?? "", amount: String(amountMinor) }),
    signal: AbortSignal.timeout(5_000),
  });
  expect(response.status).toBe(200);
}

/** The booking's transactions, each as its kind with its entries. */
async function booksOf({ bookingId }: TestBooking): Promise<Record<string, Record<string, number>>> {
  const { rows } = await world.sql.query<{ kind: string; account: string; amount: string }>(
    `select t.kind, e.account, e.amount_minor as amount from ledger_transactions t
     join ledger_entries e on e.transaction_id = t.id where t.booking_id = $1 order by t.id, e.position`,
    [bookingId],
  );
  const books: Record<string, Record<string, number>> = {};
  for (const { kind, account, amount } of rows) (books[kind] ??= {})[account] = Number(amount);
  return books;
}

/** What the vendor is to be sent, in order. */
async function itemsOf({ vendorId }: TestBooking): Promise<number[]> {
  const { rows } = await world.sql.query<{ amount: string }>(
    "select amount_minor as amount from vendor_items where vendor_id = $1 order by transaction_id",
    [vendorId],
  );
  return rows.map(({ amount }) => Number(amount));
}

/** What the ledger owes the vendor. */
async function owedTo({ vendorId }: TestBooking): Promise<number> {
  const { rows } = await world.sql.query<{ owed: string }>(
    `select coalesce(-sum(e.amount_minor), 0) as owed from ledger_transactions t
     join ledger_entries e on e.transaction_id = t.id
     where t.vendor_id = $1 and e.account in ('vendor-payable', 'tax')`,
    [vendorId],
  );
  return Number(rows[0]?.owed);
}

describe("a booking that took place", () => {
  test("is posted when it is captured, and settled among tax, platform and vendor", async () => {
    const booking = await captured();
    const { capture } = await booksOf(booking);
    expect(capture?.["guest"]).toBe(-totalMinor);
    expect(capture?.["stripe-fee"]).toBeGreaterThan(0);
    expect((capture?.["stripe"] ?? 0) + (capture?.["stripe-fee"] ?? 0)).toBe(totalMinor);
    await booking.completed();
    await settled(booking);
    expect((await booksOf(booking))["settlement"]).toEqual({
      guest: totalMinor,
      tax: -1_597,
      "platform-fee": -1_260,
      "vendor-payable": -7_143,
    });
    expect(await itemsOf(booking)).toEqual([8_740]);
    expect(await owedTo(booking)).toBe(8_740);
  });

  test("is settled once, however often it is told", async () => {
    const booking = await captured();
    await booking.completed();
    await settled(booking);
    await booking.completed();
    await world.sql.query("update settlements set due = true where booking_id = $1", [booking.bookingId]);
    await settled(booking);
    expect(await itemsOf(booking)).toHaveLength(1);
  });

  test("is settled again by the difference when money goes back later, each giving its share of it", async () => {
    const booking = await captured();
    await booking.completed();
    await settled(booking);
    await giveBackByHand(booking, 5_000);
    await settled(booking, 2);
    const { refund, resettlement } = await booksOf(booking);
    expect(refund).toEqual({ refunds: 5_000, stripe: -5_000 });
    expect(resettlement).toEqual({ refunds: -5_000, tax: 798, "platform-fee": 630, "vendor-payable": 3_572 });
    expect(await itemsOf(booking)).toEqual([8_740, -4_370]);
    expect(await owedTo(booking)).toBe(4_370);
  });

  test("bears the rate of when it was held, whatever is set later", async () => {
    const booking = await captured();
    await world.sql.query(
      "insert into commissions (vendor_id, since, basis_points) values ($1, now() + interval '1 s', 9000)",
      [booking.vendorId],
    );
    await booking.completed();
    expect(await settled(booking)).toMatchObject({
      commission_basis_points: 1_500,
      commission_minor: "1260",
    });
  });

  test("bears its vendor's own rate", async () => {
    const booking = world.book();
    await world.sql.query(
      "insert into commissions (vendor_id, since, basis_points) values ($1, now(), 250)",
      [booking.vendorId],
    );
    await captured(booking);
    await booking.completed();
    expect(await settled(booking)).toMatchObject({ commission_basis_points: 250, commission_minor: "210" });
  });

  test("paid on arrival leaves the vendor owing the commission", async () => {
    const booking = world.book();
    await booking.held({ provider: "on-arrival" });
    await world.reaches(booking, "authorised");
    await booking.confirmed();
    await world.reaches(booking, "captured");
    await booking.completed();
    await settled(booking);
    expect((await booksOf(booking))["netting"]).toEqual({
      "vendor-payable": totalMinor,
      "on-arrival": -totalMinor,
    });
    expect(await itemsOf(booking)).toEqual([8_740, -totalMinor]);
    expect(await owedTo(booking)).toBe(-1_260);
  });
});

describe("a booking called off", () => {
  test.each([
    ["cancelled", 2_500],
    ["noShow", 10_000],
  ] as const)("%s with %i kept is settled once its refund is done", async (how, keepMinor) => {
    const booking = await captured();
    await booking[how](keepMinor);
    const row = await settled(booking);
    expect(row).toMatchObject({ captured_minor: "10000", refunded_minor: String(totalMinor - keepMinor) });
    expect(await owedTo(booking)).toBe(keepMinor - Number(row["commission_minor"]));
  });

  test("with nothing kept owes nobody anything, and leaves no item", async () => {
    const booking = await captured();
    await booking.cancelled(0);
    await settled(booking);
    const { settlement } = await booksOf(booking);
    expect(settlement).toEqual({ guest: totalMinor, refunds: -totalMinor });
    expect(await itemsOf(booking)).toEqual([]);
  });

  test("before anything was taken leaves no trace in the books", async () => {
    const declined = world.book();
    await declined.held("pm_card_chargeDeclined");
    await world.reaches(declined, "declined");
    const voided = world.book();
    await voided.held("pm_card_visa");
    await world.reaches(voided, "authorised");
    await voided.cancelled(0);
    await world.reaches(voided, "voided");
    const booking = await captured();
    await booking.cancelled(0);
    await settled(booking);
    for (const other of [declined, voided]) expect(await booksOf(other)).toEqual({});
    const ids = [declined.bookingId, voided.bookingId];
    const { rows } = await world.sql.query("select from settlements where booking_id = any($1)", [ids]);
    expect(rows).toEqual([]);
  });
});

test("the books agree with the charges and with Stripe, to the cent", () => expectBooksAgree(world));

test("a booking that the version before knew nothing of is posted whole, and settled with the next event", async () => {
  const booking = await captured();
  const other = world.book();
  await world.sql.query(
    `insert into payments select (jsonb_populate_record(p, jsonb_build_object(
       'booking_id', $2::text, 'id', $3::text, 'vendor_id', null, 'total_minor', null, 'tax_minor', null))).*
     from payments p where booking_id = $1`,
    [booking.bookingId, other.bookingId, newId("pay")],
  );
  await other.completed();
  await settled(other);
  const books = await booksOf(other);
  expect(Object.keys(books)).toEqual(["capture", "settlement"]);
  expect((books["capture"]?.["guest"] ?? 0) + (books["settlement"]?.["guest"] ?? 0)).toBe(0);
});
