import { discrepancyKinds, type DiscrepancyKind } from "@holdfast/contracts/api/reconciliation";
import { newId } from "@holdfast/contracts/ids";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PaymentWorld, startPaymentWorld } from "../payment-service.fixture.ts";
import { type Amiss, amissIn } from "./amiss.fixture.ts";
import { kinds, type KindOfDiscrepancy } from "./kinds.ts";
import { askReconciliation, discrepancies, reconcile } from "./reconcile.fixture.ts";

let world: PaymentWorld;

beforeAll(async () => {
  world = await startPaymentWorld();
  world.others.away.delete("booking");
}, 120_000);
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

/** What a person has to end; all others are repaired. */
function isForPersons(kind: DiscrepancyKind): boolean {
  const { repair }: KindOfDiscrepancy = kinds[kind];
  return repair === "parked" || repair === "listed";
}

describe("of each kind of discrepancy one", () => {
  const made = new Map<DiscrepancyKind, Amiss>();

  test("is found by one run, with its cause, and repaired, or left to a person with what to do", async () => {
    world.stripe.setSwitches({ webhooks: "off" });
    const bring = amissIn(world);
    for (const kind of discrepancyKinds) made.set(kind, await bring[kind]());
    const run = await reconcile(world);
    expect(run).toMatchObject({ state: "finished", opened: discrepancyKinds.length });
    const all = await discrepancies(world, "");
    const named = all.map(({ kind, subject }) => `${kind} ${subject}`);
    expect(new Set(named)).toEqual(new Set([...made].map(([kind, { subject }]) => `${kind} ${subject}`)));
    expect(named).toHaveLength(made.size);
    for (const { kind, cause, state, action, closedAt } of all) {
      const { repair, done, person, ...of } = kinds[kind];
      const isOpen = isForPersons(kind);
      const expected = { state: isOpen ? repair : "repaired", says: repair === "parked" ? person : done };
      expect({ kind, cause, action }).toEqual({
        kind,
        cause: of.cause,
        action: { ...expected, until: null },
      });
      expect([state, closedAt === null]).toEqual([isOpen ? "open" : "closed", isOpen]);
    }
    for (const [, { expected }] of made) await expected?.();
  }, 180_000);

  test("is closed by the next run once a person has put it right, and nothing is left", async () => {
    const open = await discrepancies(world, "state=open");
    expect(open.map(({ kind }) => kind).toSorted()).toEqual(discrepancyKinds.filter(isForPersons).toSorted());
    for (const [, { putRight }] of made) await putRight?.();
    expect((await reconcile(world)).closed).toBe(open.length);
    expect(await discrepancies(world, "state=open")).toEqual([]);
    const closed = await discrepancies(world, `state=closed&kind=intent-foreign`);
    expect(closed).toMatchObject([{ action: { state: "gone" }, repairs: 0 }]);
    expect(await reconcile(world)).toMatchObject({ opened: 0, closed: 0 });
  }, 180_000);
});

test("a run that does not exist is not found, and the list has those that do", async () => {
  await expect(askReconciliation(world, `runs/${newId("rcn")}`)).rejects.toThrow("reconciliation-not-found");
  const { items } = await askReconciliation<{ items: unknown[] }>(world, "runs?limit=2");
  expect(items).toHaveLength(2);
});
