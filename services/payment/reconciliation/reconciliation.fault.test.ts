import type { RunView } from "@holdfast/contracts/api/reconciliation";
import { until } from "@holdfast/testkit/until";
import { Stripe } from "stripe";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type KillableWorld, startKillableWorld } from "../payment-service.fixture.ts";
import { eur, paidBy } from "./hands.fixture.ts";
import { askReconciliation, discrepancies, finished } from "./reconcile.fixture.ts";

let world: KillableWorld;
beforeAll(async () => {
  world = await startKillableWorld();
}, 120_000);
afterAll(() => world[Symbol.asyncDispose]());

const many = 120;

async function stray(): Promise<void> {
  const { host, port } = world.stripe;
  const stripe = new Stripe("sk_test_holdfast", { host, port, protocol: "http", telemetry: false });
  for (let made = 0; made < many; made += 1) await stripe.paymentIntents.create({ ...eur, ...paidBy });
}

test("killed among its pages, and again among what it found, a run goes on and finds everything once", async () => {
  await stray();
  const timesOut = (operation: string, after: number) =>
    world.stripe.setSwitches({ faults: [{ operation, after, times: 10_000, outcome: "timeout-before" }] });
  const killOnce = async (what: string, sql: string) => {
    await until(what, async () => (await world.sql.query(sql)).rowCount === 1, 20_000);
    await world.kill();
    world.stripe.resetSwitches();
  };

  timesOut("payment_intents.list", 1);
  const run = await askReconciliation<RunView>(world, "runs", {});
  await killOnce("the first page", "select from reconciliation_runs where cursor is not null");
  timesOut("payment_intents.retrieve", 30);
  await world.start();
  await killOnce("some to be open", "select from discrepancies where state = 'open' having count(*) >= 30");
  await world.start();
  const over = await finished(world, run);
  expect(over).toMatchObject({ state: "finished", compared: { intents: many } });
  const open = [
    ...(await discrepancies(world, "state=open")),
    ...(await discrepancies(world, "state=closed")),
  ];
  expect(open).toHaveLength(100);
  const { rows } = await world.sql.query(
    "select count(*)::int, count(distinct subject)::int as subjects from discrepancies where state = 'open'",
  );
  expect(rows).toEqual([{ count: many, subjects: many }]);
}, 120_000);
