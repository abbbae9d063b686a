/** Every call to Stripe that is not about a charge made at once, in every way it can go wrong, with the process killed or not. */
import { until } from "@holdfast/testkit/until";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectBooksAgree } from "./books-agree.fixture.ts";
import { type KillableWorld, startKillableWorld } from "./payment-service.fixture.ts";
import {
  type End,
  endsOf,
  expectedEnd,
  faultOf,
  keysOf,
  kinds,
  lockRows,
  type Subject,
  wayNames,
} from "./stripe/other-calls.fixture.ts";
import { payouts } from "./transfers/paid-out.fixture.ts";
import { prepare, trigger } from "./stripe/other-calls-begun.fixture.ts";
import { openStripe, type StripeClient } from "./stripe/stripe-client.ts";

let world: KillableWorld;
let client: StripeClient;

beforeAll(async () => {
  world = await startKillableWorld({
    STRIPE_TIMEOUT_MS: "3000",
    STRIPE_BACKGROUND: "200",
    STRIPE_BREAKER_FAILURES: "1000",
  });
  const at = { apiKey: "sk_test_holdfast", apiUrl: world.stripe.url };
  client = openStripe({ ...at, timeoutMs: 20_000, sockets: 8 });
}, 120_000);

afterAll(async () => {
  client[Symbol.dispose]();
  await world[Symbol.asyncDispose]();
});

/** The keys of the subjects' calls, once all of them wait at Stripe's door. */
async function arrived(subjects: readonly Subject[]): Promise<ReadonlyMap<Subject, string>> {
  return until(
    "every call to be on its way",
    async () => {
      const keys = await keysOf(world, subjects);
      return world.stripe.paused() >= subjects.length && keys;
    },
    45_000,
  );
}

/** What the answers to their calls are recorded in. */
async function lockRecords(subjects: readonly Subject[]): Promise<() => Promise<void>> {
  const vendorIds = subjects.flatMap(({ kind, vendor }) => (kind === "balance" ? [] : vendor!.vendorId));
  const bookingIds = subjects.flatMap(({ kind, booking }) => (kind === "balance" ? booking!.bookingId : []));
  const releases = [
    await lockRows(world, "payout_accounts", "vendor_id", vendorIds),
    await lockRows(world, "payments", "booking_id", bookingIds),
  ];
  return async () => {
    for (const release of releases) await release();
  };
}

async function runUnharmed(): Promise<ReadonlyMap<Subject, End>> {
  const [subjects = []] = await prepare(world, 1);
  await trigger(world, client.stripe, subjects);
  const keys = await arrived(subjects);
  world.stripe.setSwitches({
    faults: [...keys].map(([subject, key]) => faultOf(subject, key)),
    pause: false,
  });
  return endsOf(world, client.stripe, subjects);
}

/** One kill is before the calls of some, which Stripe never heard, and after those of others, whose answers are lost. */
async function runKilled(): Promise<ReadonlyMap<Subject, End>[]> {
  const [before = [], after = []] = await prepare(world, 2);
  await trigger(world, client.stripe, [...before, ...after]);
  const keys = await arrived([...before, ...after]);
  const faultsOf = (subjects: readonly Subject[]) =>
    subjects.map((subject) => faultOf(subject, keys.get(subject)!));
  const unheard = before.map((subject) => {
    return { key: keys.get(subject)!, outcome: "timeout-before" as const, times: 1_000 };
  });
  const release = await lockRecords(after);
  world.stripe.setSwitches({ faults: [...unheard, ...faultsOf(after)], pause: false });
  await until("Stripe to have met those after which we are killed", () => {
    const met = new Set(world.stripe.requests().map(({ idempotencyKey }) => idempotencyKey));
    return after.every((subject) => met.has(keys.get(subject)!));
  });
  await world.kill();
  await release();
  world.stripe.setSwitches({ faults: faultsOf(before) });
  await world.start();
  return [await endsOf(world, client.stripe, before), await endsOf(world, client.stripe, after)];
}

const grid = kinds.flatMap((kind) => wayNames.map((way) => ({ kind, way })));
const groups = ["nobody", "before", "after"] as const;
const ends = new Map<(typeof groups)[number], ReadonlyMap<Subject, End>>();

beforeAll(async () => {
  try {
    ends.set("nobody", await runUnharmed());
    const [before, after] = await runKilled();
    ends.set("before", before!).set("after", after!);
  } finally {
    world.stripe.resetSwitches();
  }
}, 170_000);

describe.each(groups)("killed: %s", (killed) => {
  test.each(grid)("$kind, $way", ({ kind, way }) => {
    const [, end] = [...ends.get(killed)!].find(([of]) => of.kind === kind && of.way === way)!;
    expect(end).toEqual(expectedEnd({ kind, way }));
  });
});

test("every vendor is owed and was sent the same by its balance, statement, ledger and Stripe", async () => {
  const { balances } = payouts(world);
  const subjects = [...ends.values()].flatMap((of) => [...of.keys()]);
  for (const { kind, way, vendor, currency } of subjects) {
    if (kind !== "transfer") continue;
    const { shown, ...others } = await balances(vendor!, currency);
    expect({ way, shown }).toEqual({ way, shown: way === "refused" ? 8_740 : 0 });
    expect(others).toEqual({ statement: shown, ledger: shown, items: shown });
  }
  const reversed = new Set(subjects.flatMap(({ kind, vendor }) => (kind === "reversal" ? vendor! : [])));
  for (const vendor of reversed) {
    // One reversal of each vendor's was refused: that it owes still.
    const owed = { shown: -4_370, statement: -4_370, ledger: -4_370, items: -4_370 };
    expect(await balances(vendor)).toEqual(owed);
  }
});

test("payment's charges, its ledger and Stripe's books say the same, to the cent", async () => {
  await expectBooksAgree(world);
});
