import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectBooksAgree } from "../books-agree.fixture.ts";
import { type PaymentWorld, startPaymentWorld } from "../payment-service.fixture.ts";
import { type TestVendor, type Vendors, vendorsOf } from "../payouts/vendor-world.fixture.ts";
import { earnedMinor, payouts } from "../transfers/paid-out.fixture.ts";

let world: PaymentWorld;
let vendors: Vendors;
let paid: ReturnType<typeof payouts>;

beforeAll(async () => {
  world = await startPaymentWorld();
  vendors = vendorsOf(world);
  paid = payouts(world);
}, 120_000);
afterAll(async () => {
  try {
    await expectBooksAgree(world);
  } finally {
    await world[Symbol.asyncDispose]();
  }
});

/** A vendor that can be paid out, on a day far away, with a booking that took place. */
async function earning(schedule: object): Promise<{ readonly vendor: TestVendor }> {
  const vendor = await vendors.register();
  expect((await vendor.ask("PUT", "payout-schedule", schedule)).status).toBe(200);
  await Promise.all([paid.earn(vendor), vendor.onboard()]);
  return { vendor };
}

describe("a statement", () => {
  test("opens with what the day before closed with, as a table too", async () => {
    const { vendor } = await earning({ interval: "monthly", day: 31, holdDays: 90 });
    const today = (await world.moveClock(0)).toString().slice(0, 10);
    await paid.days(2);
    await paid.earn(vendor);
    const later = Temporal.PlainDate.from(today).add({ days: 1 }).toString();
    const first = await paid.statementOf(vendor, `from=${today}&to=${today}`);
    const second = await paid.statementOf(vendor, `from=${later}&to=2199-12-31`);
    expect(first.currencies).toMatchObject([{ openingMinor: 0, closingMinor: earnedMinor }]);
    expect(second.currencies).toMatchObject([{ openingMinor: earnedMinor, closingMinor: 2 * earnedMinor }]);
    const response = await fetch(
      `http://127.0.0.1:${world.port}${vendor.path}/statements.csv?from=${later}&to=2199-12-31`,
      { headers: world.signer.authorization(vendor.owner), signal: AbortSignal.timeout(5_000) },
    );
    expect(response.headers.get("content-disposition")).toContain('"statement.csv"');
    const rows = parse(await response.text(), { columns: true }) as Record<string, string>[];
    expect(rows.map(({ kind, amount, balance }) => [kind, amount, balance])).toEqual([
      ["opening", "", "87.40"],
      ["settlement", "87.40", "174.80"],
      ["closing", "", "174.80"],
    ]);
  });

  test("is for owners and managers, and asks for days that are some", async () => {
    const vendor = await vendors.register();
    const [manager, staff] = [await vendor.join("manager"), await vendor.join("staff")];
    const path = `${vendor.path}/statements`;
    const asked = `${path}?from=2030-01-01&to=2030-01-31`;
    expect((await vendors.call(manager, "GET", asked)).status).toBe(200);
    expect((await vendors.call(staff, "GET", asked)).body.code).toBe("payment/vendor-not-found");
    expect((await vendors.call(manager, "GET", `${path}?from=2030-02-01&to=2030-01-31`)).status).toBe(400);
  });
});

describe("a payout schedule", () => {
  test("is the platform's where the vendor says none, and the vendor's within the platform's bounds", async () => {
    const vendor = await vendors.register();
    const usual = await vendor.ask("GET", "payout-schedule");
    expect(usual.body).toEqual({
      schedule: { interval: "daily", holdDays: 7 },
      holdDaysMin: 1,
      holdDaysMax: 90,
      nextPayoutAt: null,
    });
    for (const holdDays of [0, 91]) {
      const refused = await vendor.ask("PUT", "payout-schedule", { interval: "daily", holdDays });
      expect(refused).toMatchObject({ status: 422, body: { code: "payment/hold-days-out-of-bounds" } });
    }
    for (const body of [
      { interval: "weekly", holdDays: 2 },
      { interval: "daily", day: 3, holdDays: 2 },
      {},
    ]) {
      expect((await vendor.ask("PUT", "payout-schedule", body)).status).toBe(400);
    }
    const monthly = { interval: "monthly", day: 31, holdDays: 14 };
    await vendor.ask("PUT", "payout-schedule", monthly);
    await vendor.onboard();
    const set = (await vendor.ask("GET", "payout-schedule")).body;
    expect(set["schedule"]).toEqual(monthly);
    const next = Temporal.Instant.from(String(set["nextPayoutAt"])).toZonedDateTimeISO("UTC");
    expect(next.day).toBe(next.daysInMonth);
    expect((await vendor.ask("GET", "balance")).body).toMatchObject({ currencies: [] });
  });
});
