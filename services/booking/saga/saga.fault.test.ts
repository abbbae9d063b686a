/**
 * Every fault the saga's table can meet, made from the table: each step is brought each message it names, alone,
 * repeated, before its turn, and with a crash between commit and publish. A model of payment answers as payment does.
 * In the end there is a clean slate, or a confirmed booking that is paid.
 */
import assert from "node:assert";
import type { EventData, EventDefinition } from "@holdfast/contracts/define-event";
import {
  bookingCancelled,
  bookingConfirmed,
  bookingDeclined,
  bookingExpired,
} from "@holdfast/contracts/events/booking";
import * as payment from "@holdfast/contracts/events/payment";
import { newId, type Id } from "@holdfast/contracts/ids";
import { until } from "@holdfast/testkit/until";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newCustomer, slotAt, BookingWorld, type Caller } from "../booking-world.fixture.ts";
import type { BookingRow } from "../database.ts";
import { bookingSaga, steps, type MessageKind, type Step } from "./saga-table.ts";

const total = 6000;
let world: BookingWorld;
let resourceId: Id<"res">;
let nextDay = 2;

beforeAll(async () => {
  world = await BookingWorld.start();
  resourceId = await world.publish();
});
afterAll(() => world[Symbol.asyncDispose]());

/** One booking under test, and what payment knows of it. */
class Run {
  readonly guest: Caller = newCustomer();
  readonly paymentId = newId("pay");
  bookingId!: Id<"bkg">;
  money = { authorised: false, voided: false, captured: 0, refunded: 0 };
  #version = 0;

  async hold(): Promise<void> {
    const reply = await world.book(this.guest, { resourceId, ...slotAt(nextDay++) });
    assert.equal(reply.status, 201);
    this.bookingId = reply.body["bookingId"] as Id<"bkg">;
  }

  get kept(): number {
    return this.money.captured - this.money.refunded;
  }

  async row(): Promise<BookingRow> {
    const { rows } = await world.sql.query<BookingRow>("select * from bookings where booking_id = $1", [
      this.bookingId,
    ]);
    return rows[0]!;
  }

  async reaches(what: Partial<Pick<BookingRow, "status" | "saga_step">>): Promise<void> {
    await until(`booking ${JSON.stringify(what)}`, async () => {
      const row = await this.row();
      return Object.entries(what).every(([column, value]) => row[column as "status"] === value);
    });
  }

  /** Payment says something: the event goes out `times` times under one id, and once more under another. */
  async say(kind: MessageKind, times = 1): Promise<void> {
    if (kind === "cancel")
      return void (await world.call("POST", `/v1/bookings/${this.bookingId}/cancel`, this.guest));
    if (kind === "deadline") return this.#passDeadline();
    const [event, data] = this.#news(kind);
    const about = { subject: this.paymentId, version: ++this.#version, data };
    const id = await world.tap.emit(event, about);
    for (let i = 1; i < times; i++) await world.tap.emit(event, i === times - 1 ? about : { ...about, id });
  }

  #news(kind: Exclude<MessageKind, "cancel" | "deadline">): [EventDefinition<object>, object] {
    const facts = { paymentId: this.paymentId, bookingId: this.bookingId };
    const whole = { amountMinor: total, currency: "EUR" };
    switch (kind) {
      case "authorised":
        this.money.authorised = true;
        return [payment.paymentAuthorised as EventDefinition<object>, { ...facts, authorised: whole }];
      case "declined":
        return [
          payment.paymentDeclined as EventDefinition<object>,
          { ...facts, reason: "payment/card-declined" },
        ];
      case "voided":
        this.money.voided = true;
        return [payment.paymentVoided as EventDefinition<object>, { ...facts, keptMinor: 0 }];
      case "captured":
        this.money.captured = total;
        return [
          payment.paymentCaptured as EventDefinition<object>,
          { ...facts, captured: whole, keptMinor: this.kept },
        ];
      case "refunded":
        this.money.refunded = this.money.captured;
        return [
          payment.refundSucceeded as EventDefinition<object>,
          { ...facts, refundId: newId("rfd"), refunded: whole, keptMinor: 0 },
        ];
    }
  }

  /** Time passes for this booking alone. */
  async #passDeadline(): Promise<void> {
    await world.sql.query(
      "update bookings set step_deadline_at = created_at - interval '1 s' where booking_id = $1 and step_deadline_at is not null",
      [this.bookingId],
    );
  }

  /** Payment answers what booking asked for last, until nothing is asked any more. */
  async settle(): Promise<BookingRow> {
    return until(
      `the saga of ${this.bookingId} to end`,
      async () => {
        const row = await this.row();
        if (row.saga_step === "done") return row;
        if (row.saga_step === "pay") await this.say("deadline");
        else if (await this.#asked(row)) await this.#converge(row);
        return false;
      },
      20_000,
    );
  }

  /** Has the request that the step stands for been published? What payment has not heard it does not do. */
  async #asked(row: BookingRow): Promise<boolean> {
    const asking = [
      bookingConfirmed,
      bookingCancelled,
      bookingExpired,
      bookingDeclined,
    ] as readonly EventDefinition<EventData<typeof bookingConfirmed>>[];
    const heard = (await Promise.all(asking.map((event) => world.tap.collected(event)))).flat();
    return heard.some(
      (event) => event.subject === this.bookingId && event.aggregateversion >= row.version - 1,
    );
  }

  async #converge(row: BookingRow): Promise<void> {
    const { authorised, voided, captured } = this.money;
    if (row.status === "confirmed") return this.say(authorised && !voided ? "captured" : "voided");
    if (captured > 0) return this.say(this.kept > row.keep_minor ? "refunded" : "captured");
    return this.say("voided");
  }
}

/** Brings a new booking to a step. */
const reach: Readonly<Record<Step, (run: Run) => Promise<void>>> = {
  pay: (run) => run.hold(),
  capture: async (run) => {
    await run.hold();
    await run.say("authorised");
    await run.reaches({ saga_step: "capture" });
  },
  "give-back": async (run) => {
    await run.hold();
    await run.say("deadline");
    await run.reaches({ saga_step: "give-back", status: "expired" });
  },
  done: async (run) => {
    await reach.capture(run);
    await run.say("captured");
    await run.reaches({ saga_step: "done" });
  },
};

async function expectCleanSlateOrPaid(run: Run, row: BookingRow): Promise<void> {
  const taken = await world.sql.query("select 1 from allocations where booking_id = $1", [run.bookingId]);
  expect(["confirmed", "declined", "expired", "cancelled"]).toContain(row.status);
  expect({ slots: taken.rowCount, kept: run.kept }).toEqual(
    row.status === "confirmed" ? { slots: 1, kept: total } : { slots: 0, kept: 0 },
  );
}

const cases = steps.flatMap((step) =>
  (Object.keys(bookingSaga[step].on) as MessageKind[])
    // A payment cannot be refunded before it was captured, nor captured before it was authorised.
    .filter((kind) => step !== "give-back" || !["captured", "refunded"].includes(kind))
    .map((kind) => ({ step, kind })),
);

describe.each(cases)("in step $step, $kind", ({ step, kind }) => {
  test.each([
    ["alone", 1],
    ["three times", 3],
  ])("%s ends in a clean slate or a paid booking", async (_, times) => {
    const run = new Run();
    await reach[step](run);
    await run.say(kind, times);
    await expectCleanSlateOrPaid(run, await run.settle());
  });
});

describe.each(cases.filter(({ step }) => step === "capture"))("before its turn, $kind", ({ kind }) => {
  test("does no harm, and the saga still ends in a clean slate or a paid booking", async () => {
    const run = new Run();
    await run.hold();
    await run.say(kind);
    if (kind !== "cancel" && kind !== "deadline") await run.say("authorised");
    await expectCleanSlateOrPaid(run, await run.settle());
  });
});

describe("killed between commit and publish", () => {
  test.each(steps)("in step %s, what was committed is published by its successor", async (step) => {
    await world.restart({ relay: { publishAtOnce: false } });
    const run = new Run();
    await reach[step](run);
    await world.restart();
    await expectCleanSlateOrPaid(run, await run.settle());
  });
});

test("a step that nobody answers is parked, listed for operators, and ends when the answer comes", async () => {
  const run = new Run();
  await reach.capture(run);
  await run.say("deadline");
  await until("it to be parked", async () => (await run.row()).parked_at !== null);
  const admin = { userId: newId("usr"), roles: ["admin"] } as const;
  const listed = await world.call("GET", "/v1/operations/sagas?limit=100", admin);
  expect((listed.body["items"] as { bookingId: string }[]).map((one) => one.bookingId)).toContain(
    run.bookingId,
  );
  await expectCleanSlateOrPaid(run, await run.settle());
});
