/** One booking that the saga's faults are brought to, with a model of payment that answers as payment does. */
import assert from "node:assert";
import type { EventDefinition } from "@holdfast/contracts/define-event";
import { bookingFacts } from "@holdfast/contracts/events/booking";
import * as events from "@holdfast/contracts/events/booking";
import * as payment from "@holdfast/contracts/events/payment";
import { newId, type Id } from "@holdfast/contracts/ids";
import { until } from "@holdfast/testkit/until";
import { randomUUID } from "node:crypto";
import { newCustomer, slotAt, type BookingWorld, type Caller } from "../booking-world.fixture.ts";
import type { BookingRow } from "../database.ts";
import type { MessageKind } from "./saga-table.ts";

/** What the booking costs, what of that is due later where there is a balance, and what it costs more half an hour longer. */
const total = 6000;
const balance = 3000;
const difference = 3000;
/** What somebody gives back on top. */
const goodwill = 1000;

/** Terms with a deposit of half the price. */
export const withDeposit = { depositPercent: 50, balance: { dueHoursBefore: 1, graceHours: 1 } };
const admin: Caller = { userId: newId("usr"), roles: ["admin"] };

let nextDay = 2;

/** What people do, by message: the endpoint, and its body. */
const acts = {
  cancel: ["cancel", undefined],
  approve: ["approve", undefined],
  "vendor-decline": ["decline", { reason: "Closed that day" }],
  "call-off": ["call-off", { reason: "Burst pipe" }],
  "check-in": ["check-in", undefined],
  complete: ["complete", undefined],
  "no-show": ["no-show", undefined],
  // Whoever is checked in has what they have: a move that waits is dropped.
  "drop-change": ["check-in", undefined],
} as const satisfies Partial<Record<MessageKind, readonly [string, object | undefined]>>;
type Act = keyof typeof acts;
type News = Exclude<MessageKind, Act | "deadline" | "balance-due-soon">;

const isAct = (kind: MessageKind): kind is Act => kind in acts;

/** What payment knows of one charge. */
interface Charge {
  readonly amount: number;
  authorised: boolean;
  voided: boolean;
  captured: number;
  refunded: number;
}

function newCharge(amount: number): Charge {
  return { amount, authorised: false, voided: false, captured: 0, refunded: 0 };
}

/** One booking under test, and what payment knows of it. */
export class SagaRun {
  readonly guest: Caller = newCustomer();
  readonly #world: BookingWorld;
  readonly paymentId = newId("pay");
  readonly slot = slotAt(nextDay++);
  bookingId!: Id<"bkg">;
  /** Charge 1 is the booking, the last the difference of its move; with a deposit charge 2 is the balance. */
  charges = [newCharge(total), newCharge(difference)];
  #balance: { readonly dueAt: string; readonly givesUpAt: string } | null = null;
  #failures = 0;
  #version = 0;

  constructor(world: BookingWorld) {
    this.#world = world;
  }

  async hold(of: Id<"res">): Promise<void> {
    const reply = await this.#world.book(this.guest, { resourceId: of, ...this.slot });
    assert.equal(reply.status, 201);
    this.bookingId = reply.body["bookingId"] as Id<"bkg">;
    this.#balance = reply.body["balance"] as { dueAt: string; givesUpAt: string } | null;
    if (this.#balance) this.charges = [newCharge(total - balance), newCharge(balance), newCharge(difference)];
  }

  /** Asks for half an hour more. */
  async askForMore(): Promise<void> {
    const endsAt = Temporal.Instant.from(this.slot.endsAt).add({ minutes: 30 }).toString();
    const to = { startsAt: this.slot.startsAt, endsAt };
    const reply = await this.#world.call(
      "POST",
      `/v1/bookings/${this.bookingId}/reschedule`,
      this.guest,
      to,
      {
        "idempotency-key": randomUUID(),
      },
    );
    assert.equal(reply.status, 200);
  }

  /** What was given back on top of what booking asked. */
  goodwill = 0;

  get kept(): number {
    return this.charges.reduce((sum, one) => sum + one.captured - one.refunded, 0);
  }

  async row(): Promise<BookingRow> {
    const { rows } = await this.#world.sql.query<BookingRow>("select * from bookings where booking_id = $1", [
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

  /** Somebody says something, `times` times: an event under one id, and once more under another. */
  async say(kind: MessageKind, times = 1, charge = this.#chargeOf(kind)): Promise<void> {
    if (kind === "deadline") return this.#passDeadline();
    if (kind === "balance-due-soon") return this.#passReminder();
    if (isAct(kind)) return this.#act(kind, times);
    const [event, data] = this.#news(kind, charge);
    const about = { subject: this.paymentId, version: ++this.#version, data };
    const id = await this.#world.tap.emit(event, about);
    for (let i = 1; i < times; i++)
      await this.#world.tap.emit(event, i === times - 1 ? about : { ...about, id });
  }

  #chargeOf(kind: MessageKind): number {
    if (kind.startsWith("balance")) return 2;
    return kind.startsWith("difference") ? this.charges.length : 1;
  }

  /** At once, so that all but one come too late; whether it is allowed as the booking stands is the saga's to say. */
  async #act(kind: Act, times: number): Promise<void> {
    const [path, body] = acts[kind];
    if (["check-in", "complete", "no-show", "drop-change"].includes(kind)) await this.#begin();
    if (kind === "complete") await this.#act("check-in", 1);
    const call = () =>
      this.#world.call(
        "POST",
        `/v1/bookings/${this.bookingId}/${path}`,
        kind === "cancel" ? this.guest : admin,
        body,
      );
    const replies = await Promise.all(Array.from({ length: times }, call));
    for (const { status } of replies) assert([200, 409].includes(status), `${path}: ${status}`);
  }

  #news(kind: News, charge: number): [EventDefinition<object>, object] {
    const of = this.charges[charge - 1]!;
    const facts = { paymentId: this.paymentId, bookingId: this.bookingId, ...(charge > 1 && { charge }) };
    const money = { amountMinor: of.amount, currency: "EUR" };
    const told = (event: unknown, more: object): [EventDefinition<object>, object] => [
      event as EventDefinition<object>,
      {
        ...facts,
        ...more,
        ...("keptMinor" in more && this.#isBalanceCaptured && { balanceCaptured: true }),
        ...("keptMinor" in more && this.goodwill > 0 && { goodwillMinor: this.goodwill }),
      },
    ];
    const reason = "payment/card-declined";
    switch (kind) {
      case "authorised":
      case "difference-authorised":
        of.authorised = true;
        return told(payment.paymentAuthorised, { authorised: money });
      case "declined":
      case "difference-declined":
        return told(payment.paymentDeclined, { reason });
      case "balance-failed":
        this.#failures += 1;
        return told(payment.paymentBalanceFailed, {
          ...this.#balance,
          due: money,
          reason,
          attempt: this.#failures,
        });
      case "balance-lost":
        return told(payment.paymentBalanceLost, { due: money, reason });
      case "voided":
        of.voided = true;
        return told(payment.paymentVoided, { keptMinor: 0 });
      case "captured":
      case "balance-paid":
        of.captured = of.amount;
        return told(payment.paymentCaptured, { captured: money, keptMinor: this.kept });
      case "goodwill":
        of.captured = of.amount;
        of.refunded += goodwill;
        this.goodwill += goodwill;
        return told(payment.refundSucceeded, {
          refundId: newId("rfd"),
          refunded: money,
          keptMinor: this.kept,
        });
      case "refunded":
        of.refunded = of.captured;
        return told(payment.refundSucceeded, {
          refundId: newId("rfd"),
          refunded: money,
          keptMinor: this.kept,
        });
    }
  }

  get #isBalanceCaptured(): boolean {
    return this.#balance !== null && this.charges[1]!.captured > 0;
  }

  /** The booking's time has begun, for this booking alone. */
  async #begin(): Promise<void> {
    await this.#world.sql.query(
      "update bookings set starts_at = now() - interval '20 min', ends_at = now() + interval '1 hour' where booking_id = $1",
      [this.bookingId],
    );
  }

  /** Time passes for this booking alone. */
  async #passDeadline(): Promise<void> {
    await this.#world.sql.query(
      "update bookings set step_deadline_at = created_at - interval '1 s' where booking_id = $1 and step_deadline_at is not null",
      [this.bookingId],
    );
  }

  async #passReminder(): Promise<void> {
    await this.#world.sql.query(
      "update bookings set balance_reminds_at = created_at where booking_id = $1 and balance is not null",
      [this.bookingId],
    );
    await until("the guest to be reminded", async () => (await this.row()).balance_reminds_at === null);
  }

  /** The saga has taken in what was said of the balance. */
  async hearsOfBalance(kind: MessageKind): Promise<void> {
    const heard: Partial<Record<MessageKind, (row: BookingRow) => boolean>> = {
      "balance-paid": (row) => row.balance === null,
      "balance-failed": (row) => row.balance!.failures > 0,
      "balance-lost": (row) => row.status === "cancelled",
    };
    const isHeard = heard[kind];
    if (isHeard) await until(`${kind} to be heard`, async () => isHeard(await this.row()));
  }

  /** Payment answers what booking asked for last, until nothing is asked of a machine any more. */
  async settle(): Promise<BookingRow> {
    return until(
      `the saga of ${this.bookingId} to end`,
      async () => {
        const row = await this.row();
        if (row.saga_step === "done" || row.saga_step === "stay") return row;
        if (row.saga_step !== "capture" && row.saga_step !== "give-back") await this.say("deadline");
        else if (await this.#asked(row)) await this.#converge(row);
        return false;
      },
      20_000,
    );
  }

  /** Has the request that the step stands for been published? What payment has not heard it does not do. */
  async #asked(row: BookingRow): Promise<boolean> {
    const heard = (await Promise.all(ofBookings.map((event) => this.#world.tap.collected(event)))).flat();
    return heard.some(
      (event) => event.subject === this.bookingId && event.aggregateversion >= row.version - 1,
    );
  }

  async #converge(row: BookingRow): Promise<void> {
    // A balance that is paid is kept, whether booking has heard of it yet or not.
    const unheard =
      row.saga_step === "capture" && this.#isBalanceCaptured ? (row.balance?.amountMinor ?? 0) : 0;
    const keep = Math.max(0, Number(row.keep_minor) + unheard - this.goodwill);
    if (this.kept > keep) {
      const last = this.charges.findLastIndex((one) => one.captured > one.refunded);
      return this.say("refunded", 1, last + 1);
    }
    const open = this.charges.findIndex((one) => one.authorised && !one.voided && one.captured === 0);
    if (this.kept < keep && open !== -1) return this.say("captured", 1, open + 1);
    return this.say(this.kept === keep && keep > 0 ? "captured" : "voided");
  }
}

/** Every event about bookings. */
const ofBookings = Object.values(events).filter(
  (value): value is EventDefinition<{ bookingId: string }> & typeof events.bookingConfirmed =>
    value !== bookingFacts && "emitter" in value,
);
