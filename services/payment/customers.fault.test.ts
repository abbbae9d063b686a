/** The calls about guests' customers and what is kept with them, in each way they can fail, with the process killed or not. */
import { userErased } from "@holdfast/contracts/events/auth";
import { type Id, newId } from "@holdfast/contracts/ids";
import type { Fault } from "@holdfast/testkit/stripe/faults";
import { until } from "@holdfast/testkit/until";
import Stripe from "stripe";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { expectBooksAgree } from "./books-agree.fixture.ts";
import { type KillableWorld, startKillableWorld } from "./payment-service.fixture.ts";

let world: KillableWorld;
/** Somebody at Stripe's dashboard. */
let dashboard: Stripe;

beforeAll(async () => {
  world = await startKillableWorld({ STRIPE_TIMEOUT_MS: "3000", STRIPE_BREAKER_FAILURES: "1000" });
  const { host, port } = world.stripe;
  dashboard = new Stripe("sk_test_dashboard", { host, port, protocol: "http" });
}, 120_000);
afterEach(() => {
  world.stripe.resetSwitches();
});
afterAll(async () => {
  try {
    await expectBooksAgree(world);
  } finally {
    await world[Symbol.asyncDispose]();
  }
});

type UserId = Id<"usr">;

/** A call that is about to be made: how to have it made, which one it is at Stripe, and how things stand. */
interface Cell {
  readonly calls: Pick<Fault, "method" | "path" | "key">;
  readonly go: () => Promise<unknown>;
  /** The row that says that it is under way. */
  readonly row: readonly [query: string, id: string];
  readonly isDoneThere: () => Promise<boolean>;
}

async function customersOf(userId: UserId): Promise<string[]> {
  const { data } = await dashboard.customers.list({ limit: 100 });
  return data.filter(({ metadata }) => metadata["user_id"] === userId).map(({ id }) => id);
}

async function holds(userId: UserId) {
  const booking = world.book({ customerId: userId });
  await booking.held({ paymentMethod: "pm_card_visa", saveMethod: true });
  return booking;
}

/** A guest who has kept a card, their customer, and the card. */
async function kept() {
  const userId = newId("usr");
  await world.reaches(await holds(userId), "authorised");
  const customerId = (await customersOf(userId))[0]!;
  const { data } = await dashboard.customers.listPaymentMethods(customerId);
  return { userId, customerId, methodId: data[0]!.id };
}

const ofCustomer = "from customers where user_id = $1";

async function making(): Promise<Cell> {
  const userId = newId("usr");
  return {
    calls: { key: `customer:${userId}:create:*` },
    go: () => holds(userId),
    row: [ofCustomer, userId],
    isDoneThere: async () => (await customersOf(userId)).length > 0,
  };
}

async function deleting(): Promise<Cell> {
  const { userId, customerId } = await kept();
  return {
    calls: { method: "DELETE", path: `/v1/customers/${customerId}` },
    go: () => world.tap.emit(userErased, { subject: userId, version: 2, data: { userId } }),
    row: [ofCustomer, userId],
    isDoneThere: async () => (await dashboard.customers.retrieve(customerId)).deleted === true,
  };
}

async function detaching(): Promise<Cell> {
  const { userId, methodId } = await kept();
  const remove = async () => {
    const url = `http://127.0.0.1:${world.port}/v1/payment-methods/${methodId}`;
    const headers = world.signer.authorization({ userId, roles: ["customer"] });
    const { status } = await fetch(url, { method: "DELETE", headers, signal: AbortSignal.timeout(5_000) });
    expect(status).toBe(204);
  };
  return {
    calls: { path: `/v1/payment_methods/${methodId}/detach` },
    go: remove,
    row: ["from removed_methods where method_id = $1", methodId],
    isDoneThere: async () => (await dashboard.paymentMethods.retrieve(methodId)).customer === null,
  };
}

const all = () => Promise.all([making(), deleting(), detaching()]);

async function rowIs({ row: [query, id] }: Cell, condition: string): Promise<boolean> {
  const { rowCount } = await world.sql.query(`select ${query} and ${condition}`, [id]);
  return rowCount === 1;
}

async function underWay(cells: readonly Cell[]): Promise<void> {
  for (const cell of cells) await until("the call to be written down", () => rowIs(cell, "call is not null"));
}

/** Each was done, and nobody has anything left to do; of customers there is one a guest, whose charge went on. */
async function expectDone(cells: readonly Cell[]): Promise<void> {
  for (const cell of cells) {
    await until("it to be done and recorded", () =>
      rowIs(cell, "call is null and parked_reason is null and next_attempt_at is null"),
    );
    expect(await cell.isDoneThere()).toBe(true);
  }
  const { rows } = await world.sql.query<{ user_id: UserId; provider_id: string }>(
    "select user_id, provider_id from customers where provider_id is not null",
  );
  const { data } = await dashboard.customers.list({ limit: 100 });
  const there = data.map(({ id, metadata }) => `${metadata["user_id"]} ${id}`);
  expect(there.toSorted()).toEqual(rows.map((row) => `${row.user_id} ${row.provider_id}`).toSorted());
  await until("every charge to have gone on", async () => {
    const { rowCount } = await world.sql.query("select from payments where status = 'requested'");
    return rowCount === 0;
  });
}

test.each([
  ["cut before Stripe does it", { outcome: "cut-before" }],
  ["cut after Stripe did it", { outcome: "cut-after" }],
  ["answered 500, which Stripe keeps for the key", { outcome: "failed", status: 500 }],
  ["answered 429", { outcome: "failed", status: 429 }],
] as const)("%s: each is done once in the end", async (_, fault) => {
  const cells = await all();
  world.stripe.setSwitches({ faults: cells.map(({ calls }) => ({ ...calls, ...fault })) });
  await Promise.all(cells.map(({ go }) => go()));
  await expectDone(cells);
});

test("killed before Stripe does it: the successor has each done, once", async () => {
  const cells = await all();
  const faults = cells.map(({ calls }) => ({ ...calls, outcome: "cut-before" as const, times: 1_000 }));
  world.stripe.setSwitches({ faults });
  await Promise.all(cells.map(({ go }) => go()));
  await underWay(cells);
  await world.kill();
  expect(await Promise.all(cells.map(({ isDoneThere }) => isDoneThere()))).toEqual([false, false, false]);
  world.stripe.resetSwitches();
  await world.start();
  await expectDone(cells);
});

test("killed between Stripe's doing it and our recording it: each took effect once", async () => {
  const cells = await all();
  const faults = cells.map(({ calls }) => ({ ...calls, outcome: "cut-before" as const, times: 1_000 }));
  world.stripe.setSwitches({ faults });
  await Promise.all(cells.map(({ go }) => go()));
  await underWay(cells);
  world.stripe.setSwitches({ faults: [], pause: true });
  await until("each to wait at Stripe's door", () => world.stripe.paused() >= cells.length);
  // The rows are locked here, so that the answers cannot be recorded once they come.
  const locker = await world.sql.connect();
  await locker.query("begin");
  for (const {
    row: [query, id],
  } of cells)
    await locker.query(`select ${query} for update`, [id]);
  world.stripe.setSwitches({ pause: false });
  for (const { isDoneThere } of cells) await until("Stripe to have done it", isDoneThere);
  await world.kill();
  await locker.query("rollback");
  locker.release();
  for (const cell of cells) expect(await rowIs(cell, "call is not null")).toBe(true);
  world.stripe.resetSwitches();
  await world.start();
  await expectDone(cells);
});
