/**
 * Every fault the saga's table can meet, made from the table: each step is brought each message it names, alone,
 * repeated, before its turn, and with a crash between commit and publish. A model of payment answers as payment does.
 * In the end there is a clean slate, or a booking that is paid: to come, or over.
 */
import { newId, type Id } from "@holdfast/contracts/ids";
import { until } from "@holdfast/testkit/until";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BookingWorld, type Caller } from "../booking-world.fixture.ts";
import type { BookingRow } from "../database.ts";
import { SagaRun, withDeposit } from "./saga-run.fixture.ts";
import { bookingSaga, steps, type MessageKind, type Step } from "./saga-table.ts";

const admin: Caller = { userId: newId("usr"), roles: ["admin"] };

let world: BookingWorld;
let resourceId: Id<"res">;
let approvedResourceId: Id<"res">;
let depositResourceId: Id<"res">;

beforeAll(async () => {
  world = await BookingWorld.start();
  resourceId = await world.publish();
  approvedResourceId = await world.publish({ approval: { withinMinutes: 60 } });
  depositResourceId = await world.publish(withDeposit);
});
afterAll(() => world[Symbol.asyncDispose]());

/** Brings a new booking to a step; one of which only the deposit is due yet, where `of` says so. */
const reach: Readonly<Record<Step, (run: SagaRun, of?: Id<"res">) => Promise<void>>> = {
  pay: (run, of = resourceId) => run.hold(of),
  approve: async (run) => {
    await run.hold(approvedResourceId);
    await run.say("authorised");
    await run.reaches({ saga_step: "approve" });
  },
  capture: async (run, of = resourceId) => {
    await run.hold(of);
    await run.say("authorised");
    await run.reaches({ saga_step: "capture" });
  },
  change: async (run, of) => {
    await reach.capture(run, of);
    await run.askForMore();
    await run.reaches({ saga_step: "change" });
  },
  "give-back": async (run) => {
    await run.hold(resourceId);
    await run.say("deadline");
    await run.reaches({ saga_step: "give-back", status: "expired" });
  },
  stay: async (run, of) => {
    await reach.capture(run, of);
    await run.say("captured");
    await run.reaches({ saga_step: "stay" });
  },
  done: async (run, of) => {
    await reach.stay(run, of);
    await run.say("deadline");
    await run.reaches({ saga_step: "done", status: "completed" });
  },
};

const standing = ["confirmed", "checked-in", "completed", "no-show"];

async function expectCleanSlateOrPaid(run: SagaRun, row: BookingRow): Promise<void> {
  const taken = await world.sql.query("select 1 from allocations where booking_id = $1", [run.bookingId]);
  const stands = standing.includes(row.status);
  expect([...standing, "declined", "expired", "cancelled"]).toContain(row.status);
  expect({ slots: taken.rowCount, kept: run.kept, change: row.change }).toEqual({
    slots: stands ? 1 : 0,
    // What was not paid of a balance, nobody has.
    kept: stands ? Number(row.total_minor) - (row.balance?.amountMinor ?? 0) - run.goodwill : 0,
    change: null,
  });
}

const cases = steps.flatMap((step) =>
  (Object.keys(bookingSaga[step].on) as MessageKind[])
    // A payment cannot be refunded before it was captured, nor captured before it was authorised.
    .filter((kind) => step !== "give-back" || !["captured", "refunded", "goodwill"].includes(kind))
    .map((kind) => ({ step, kind })),
);

describe.concurrent.each(cases)("in step $step, $kind", ({ step, kind }) => {
  test.each([
    ["alone", 1],
    ["three times", 3],
  ])("%s ends in a clean slate or a paid booking", async (_, times) => {
    const run = new SagaRun(world);
    await reach[step](run, kind.startsWith("balance") ? depositResourceId : undefined);
    await run.say(kind, times);
    await run.hearsOfBalance(kind);
    await expectCleanSlateOrPaid(run, await run.settle());
  });
});

describe.concurrent.each(cases.filter(({ step, kind }) => step === "capture" && kind !== "balance-due-soon"))(
  "before its turn, $kind",
  ({ kind }) => {
    test("does no harm, and the saga still ends in a clean slate or a paid booking", async () => {
      const run = new SagaRun(world);
      await run.hold(kind.startsWith("balance") ? depositResourceId : resourceId);
      await run.say(kind);
      if (!["cancel", "call-off", "deadline"].includes(kind)) await run.say("authorised");
      await expectCleanSlateOrPaid(run, await run.settle());
    });
  },
);

describe("killed between commit and publish", () => {
  test.each(steps)("in step %s, what was committed is published by its successor", async (step) => {
    await world.restart({ relay: { publishAtOnce: false } });
    const run = new SagaRun(world);
    await reach[step](run);
    await world.restart();
    await expectCleanSlateOrPaid(run, await run.settle());
  });
});

test("a step that nobody answers is parked, listed for operators, and ends when the answer comes", async () => {
  const run = new SagaRun(world);
  await reach.capture(run);
  await run.say("deadline");
  await until("it to be parked", async () => (await run.row()).parked_at !== null);
  const listed = await world.call("GET", "/v1/operations/sagas?limit=100", admin);
  expect((listed.body["items"] as { bookingId: string }[]).map((one) => one.bookingId)).toContain(
    run.bookingId,
  );
  await expectCleanSlateOrPaid(run, await run.settle());
});
