import type { Role } from "@holdfast/contracts/access";
import type { Commission, LedgerTransaction } from "@holdfast/contracts/api/ledger";
import { newId } from "@holdfast/contracts/ids";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type PaymentWorld,
  startPaymentWorld,
  type TestBooking,
  totalMinor,
} from "../payment-service.fixture.ts";
import { closeNextDay } from "./close-days.ts";
import { openLedgerBeside } from "./ledger-world.fixture.ts";
import { capturedIn, settledIn } from "./settled-bookings.fixture.ts";

let world: PaymentWorld;
beforeAll(async () => {
  world = await startPaymentWorld();
}, 120_000);
afterAll(() => world[Symbol.asyncDispose]());

const captured = (booking?: TestBooking) => capturedIn(world, booking);
const settled = (booking: TestBooking, times?: number) => settledIn(world, booking, times);

describe("an administrator", () => {
  async function ask<T>(path: string, role: Role = "admin") {
    const response = await fetch(`http://127.0.0.1:${world.port}/v1/${path}`, {
      headers: world.signer.authorization({ roles: [role] }),
      signal: AbortSignal.timeout(10_000),
    });
    return { status: response.status, body: (await response.json()) as T };
  }

  async function setRate(vendorId: string, basisPoints: number | null) {
    const response = await fetch(`http://127.0.0.1:${world.port}/v1/vendors/${vendorId}/commission`, {
      method: "PUT",
      headers: { ...world.signer.authorization({ roles: ["admin"] }), "content-type": "application/json" },
      body: JSON.stringify({ basisPoints }),
      signal: AbortSignal.timeout(10_000),
    });
    return { status: response.status, body: (await response.json()) as Commission };
  }

  interface Balances {
    readonly items: { account: string; currency: string; balanceMinor: number }[];
  }
  interface Transactions {
    readonly items: LedgerTransaction[];
    readonly next: string | null;
  }

  test("sees balances that add up to nothing, of all and of one booking", async () => {
    const booking = await captured();
    const all = await ask<Balances>("ledger/balances");
    expect(all.status).toBe(200);
    expect(all.body.items.length).toBeGreaterThan(2);
    expect(all.body.items.reduce((sum, { balanceMinor }) => sum + balanceMinor, 0)).toBe(0);
    const own = await ask<Balances>(`ledger/balances?bookingId=${booking.bookingId}`);
    expect(own.body.items).toContainEqual({ account: "guest", currency: "EUR", balanceMinor: -totalMinor });
    await booking.completed();
    await settled(booking);
    const vendors = await ask<Balances>(`ledger/balances?vendorId=${booking.vendorId}`);
    expect(vendors.body.items).toContainEqual({
      account: "vendor-payable",
      currency: "EUR",
      balanceMinor: -7_143,
    });
    expect(vendors.body.items).toContainEqual({ account: "guest", currency: "EUR", balanceMinor: 0 });
  });

  test("finds transactions by booking, vendor, account, kind and day, a page at a time", async () => {
    const booking = await captured();
    await booking.cancelled(2_500);
    await settled(booking);
    const { bookingId, vendorId } = booking;
    const kinds = async (query: string) => {
      const { status, body } = await ask<Transactions>(`ledger/transactions?${query}`);
      expect(status).toBe(200);
      return body.items.map(({ kind }) => kind);
    };
    expect(await kinds(`bookingId=${bookingId}`)).toEqual(["settlement", "refund", "capture"]);
    expect(await kinds(`vendorId=${vendorId}&account=refunds`)).toEqual(["settlement", "refund"]);
    expect(await kinds(`vendorId=${vendorId}&kind=capture`)).toEqual(["capture"]);
    expect(await kinds(`vendorId=${vendorId}&day=2000-01-01`)).toEqual([]);
    expect(new Set(await kinds("account=vendor-payable"))).toContain("settlement");
    expect(new Set(await kinds("kind=refund"))).toEqual(new Set(["refund"]));
    const first = await ask<Transactions>(`ledger/transactions?bookingId=${bookingId}&limit=2`);
    const second = await ask<Transactions>(
      `ledger/transactions?bookingId=${bookingId}&limit=2&after=${first.body.next}`,
    );
    expect(second.body).toMatchObject({ items: [{ kind: "capture", bookingId, vendorId }], next: null });
    expect(second.body.items[0]?.entries.reduce((sum, { amountMinor }) => sum + amountMinor, 0)).toBe(0);
  });

  test("pages through a rare account's transactions without missing one", async () => {
    const booking = await captured();
    await booking.completed();
    await settled(booking);
    const { rows } = await world.sql.query<{ id: string }>(
      "select distinct transaction_id as id from ledger_entries where account = 'tax' order by 1 desc",
    );
    const seen: string[] = [];
    for (let after = ""; ;) {
      const query = `account=tax&limit=2${after === "" ? "" : `&after=${after}`}`;
      const { body } = await ask<Transactions>(`ledger/transactions?${query}`);
      seen.push(...body.items.map(({ transactionId }) => transactionId));
      if (body.next === null) break;
      after = body.next;
    }
    expect(seen.slice(-rows.length)).toEqual(rows.map(({ id }) => id));
  });

  test("proves a closed day, and is told of one that is not", async () => {
    await captured();
    const { rows } = await world.sql.query<{ day: string }>(
      "select to_char(min(booked_on), 'YYYY-MM-DD') as day from ledger_transactions",
    );
    const day = rows[0]?.day ?? "";
    const open = await ask<{ code: string }>(`ledger/closes/${day}`);
    expect([open.status, open.body.code]).toEqual([404, "payment/close-not-found"]);
    await using ledger = openLedgerBeside(world.sql.options.connectionString ?? "");
    const dayAfter = Temporal.PlainDate.from(day).add({ days: 1 });
    await closeNextDay(ledger, dayAfter.toZonedDateTime("UTC").toInstant());
    expect((await ask<{ items: object[] }>("ledger/closes")).body.items).toMatchObject([{ day }]);
    expect((await ask<{ items: object[] }>(`ledger/closes?before=${day}`)).body.items).toEqual([]);
    const proof = await ask<{ matches: boolean; closed: object; found: object }>(`ledger/closes/${day}`);
    expect(proof.body.matches).toBe(true);
    expect(proof.body.closed).toEqual(proof.body.found);
    const balances = await ask<Balances>("ledger/balances");
    expect(balances.body.items.reduce((sum, { balanceMinor }) => sum + balanceMinor, 0)).toBe(0);
  });

  test("sets a vendor's rate from now on, and gives the platform's back, with all of it kept", async () => {
    const { vendorId } = await captured();
    const path = `vendors/${vendorId}/commission`;
    expect((await ask<Commission>(path)).body).toEqual({ vendorId, basisPoints: 1_500, history: [] });
    expect((await setRate(vendorId, 800)).body).toMatchObject({ basisPoints: 800 });
    expect((await setRate(vendorId, 800)).body.history).toHaveLength(1);
    const { status, body } = await setRate(vendorId, null);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      basisPoints: 1_500,
      history: [{ basisPoints: null }, { basisPoints: 800 }],
    });
    expect((await setRate(vendorId, 10_001)).status).toBe(400);
    expect((await setRate(newId("vnd"), 500)).status).toBe(404);
  });

  test("alone sees any of it", async () => {
    for (const path of [
      "ledger/balances",
      "ledger/transactions",
      "ledger/closes",
      `vendors/${newId("vnd")}/commission`,
    ]) {
      expect((await ask(path, "vendor")).status).toBe(403);
    }
  });
});
