/** Every call to Stripe about a charge, in every way it can go wrong, with the process killed before it, after it, or not. */
import type { WebhookBehaviour } from "@holdfast/testkit/stripe/switches";
import { until } from "@holdfast/testkit/until";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type KillableWorld, startKillableWorld } from "./payment-service.fixture.ts";
import {
  type Cell,
  type CellCall,
  cellOf,
  changes,
  chargesOf,
  type End,
  type FaultName,
  faultOf,
  faults,
  playOn,
  prepare,
  trigger,
} from "./stripe/stripe-cells.fixture.ts";

/** Who is killed, and when: `before` Stripe hears the call, `after` it was answered and before that is written down. */
type Killed = "nobody" | "before" | "after";

interface Phase {
  readonly name: string;
  readonly webhooks: WebhookBehaviour;
  readonly cells: readonly (readonly [CellCall, FaultName | null])[];
}

const quiet = { types: ["*"], never: false, beforeAnswer: false, delayMs: 0, duplicate: 0 };
const faultNames = Object.keys(faults) as FaultName[];
const unharmed = changes.map((call) => [call, null] as const);
const phases: readonly Phase[] = [
  {
    name: "the call itself",
    webhooks: "on",
    cells: changes.flatMap((call) => faultNames.map((fault) => [call, fault] as const)),
  },
  { name: "webhooks come three times", webhooks: { ...quiet, duplicate: 2 }, cells: unharmed },
  { name: "webhooks come before the answer", webhooks: { ...quiet, beforeAnswer: true }, cells: unharmed },
  {
    name: "webhooks never come",
    webhooks: { ...quiet, never: true },
    cells: [
      ...unharmed,
      ...faultNames.map((fault) => ["look", fault] as const),
      // A search is about no booking: which of them a fault strikes is left to chance, so none is refused.
      ...faultNames.filter((fault) => !fault.startsWith("refused")).map((fault) => ["find", fault] as const),
    ],
  },
];

let world: KillableWorld;

beforeAll(async () => {
  world = await startKillableWorld({
    STRIPE_TIMEOUT_MS: "3000",
    STRIPE_BACKGROUND: "64",
    STRIPE_BREAKER_FAILURES: "1000",
  });
}, 120_000);

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

/** Waits until the call of every cell is written down, and so many of them wait at Stripe's door. */
async function arrived(cells: readonly Cell[], waiting: number): Promise<void> {
  await until(
    "every call to be on its way",
    async () => {
      const charges = await chargesOf(world, cells);
      const begun = cells.filter(
        ({ booking }) => typeof charges.get(booking.bookingId)?.purpose === "string",
      );
      return begun.length === cells.length && world.stripe.paused() >= waiting;
    },
    45_000,
  );
}

/** Nothing of the charges can be written until the function that this returns is called. */
async function locked(cells: readonly Cell[]): Promise<() => Promise<void>> {
  const locker = await world.sql.connect();
  await locker.query("begin");
  const ids = cells.map(({ booking }) => booking.bookingId);
  await locker.query("select 1 from payments where booking_id = any($1) order by booking_id for update", [
    ids,
  ]);
  return async () => {
    await locker.query("rollback");
    locker.release();
  };
}

async function killBefore(cells: readonly Cell[]): Promise<void> {
  await arrived(cells, 0);
  await world.kill();
  await until("nobody to wait at Stripe's door", () => world.stripe.paused() === 0);
  world.stripe.setSwitches({ pause: false });
  await world.start();
}

async function killAfter(cells: readonly Cell[]): Promise<void> {
  await arrived(cells, cells.length);
  const release = await locked(cells);
  const heard = world.stripe.requests().length;
  world.stripe.setSwitches({ pause: false });
  await until("Stripe to have met them all", () => world.stripe.requests().length >= heard + cells.length);
  await world.kill();
  await release();
  await world.start();
}

/** A reading that was answered and not written down is one that was not made: those killed before it are tried. */
function cellsOf({ cells }: Phase, killed: Killed): Phase["cells"] {
  return killed === "after" ? cells.filter(([call]) => call !== "look" && call !== "find") : cells;
}

async function run(phase: Phase, killed: Killed): Promise<ReadonlyMap<Cell, End | "nowhere">> {
  const { webhooks } = phase;
  const cells = cellsOf(phase, killed).map((one) => cellOf(world, one, killed === "after"));
  const searched = cells.filter(({ call }) => call === "find");
  // Whoever is to be looked for has begun a call that was not answered.
  const lost = searched.map(({ booking }, index) => ({
    outcome: index % 2 === 0 ? ("timeout-after" as const) : ("cut-before" as const),
    times: 10_000,
    key: `booking:${booking.bookingId}:authorise:*`,
  }));
  try {
    world.stripe.setSwitches({ webhooks, faults: lost });
    await prepare(world, cells);
    world.stripe.setSwitches({ faults: [...lost, ...cells.flatMap(faultOf)], pause: killed !== "nobody" });
    await Promise.all(cells.map((cell) => trigger(world, cell)));
    if (killed === "before") await killBefore(cells);
    else if (killed === "after") await killAfter(cells);
    return await playOn(world, cells);
  } finally {
    world.stripe.resetSwitches();
  }
}

describe.each<Killed>(["nobody", "before", "after"])("killed: %s", (killed) => {
  describe.each(phases)("$name", (phase) => {
    let ends: ReadonlyMap<Cell, End | "nowhere">;

    beforeAll(async () => {
      ends = await run(phase, killed);
    }, 150_000);

    test.each(
      cellsOf(phase, killed).map(([call, fault], index) => ({
        call,
        fault: fault ?? "as it should be",
        index,
      })),
    )("$call, $fault", ({ index }) => {
      const [cell, end] = [...ends][index]!;
      expect(end).toBe(cell.expected);
    });
  });
});

test("payment's ledger and Stripe's say the same, to the cent", async () => {
  const balance = async () => {
    const { rows } = await world.sql.query<{ account: string; sum: string }>(
      "select account, sum(amount_minor) from ledger_entries where currency = 'EUR' group by account",
    );
    return new Map(rows.map(({ account, sum }) => [account, Number(sum)]));
  };
  const { eur } = world.stripe.ledger().balances;
  const ours = await balance();
  expect(eur).toMatchObject({ available: ours.get("stripe"), fees: ours.get("stripe-fee") });
});
