/** Bookings at some point of their lives, for tests of what happens to them there. */
import assert from "node:assert";
import type { EventDefinition, Envelope } from "@holdfast/contracts/define-event";
import {
  paymentAuthorised,
  paymentBalanceFailed,
  paymentBalanceLost,
  paymentCaptured,
  paymentDeclined,
  refundSucceeded,
} from "@holdfast/contracts/events/payment";
import { newId, type Id } from "@holdfast/contracts/ids";
import { until } from "@holdfast/testkit/until";
import { newCustomer, type BookingWorld, type Caller, type Reply } from "./booking-world.fixture.ts";
import type { BookingRow } from "./database.ts";

/** A guest with one booking, and payment's part in it. */
export class GuestStay {
  readonly guest: Caller;
  readonly bookingId: Id<"bkg">;
  readonly #world: BookingWorld;
  readonly #paymentId = newId("pay");
  #version = 0;

  private constructor(world: BookingWorld, guest: Caller, bookingId: Id<"bkg">) {
    this.#world = world;
    this.guest = guest;
    this.bookingId = bookingId;
  }

  /** Held, and not paid yet. */
  static async held(world: BookingWorld, asked: object, guest = newCustomer()): Promise<GuestStay> {
    const reply = await world.book(guest, asked);
    assert.equal(reply.status, 201, JSON.stringify(reply.body));
    return new GuestStay(world, guest, reply.body["bookingId"] as Id<"bkg">);
  }

  /** Authorised: confirmed, or waiting for approval where its terms want one. */
  static async authorised(world: BookingWorld, asked: object): Promise<GuestStay> {
    const stay = await GuestStay.held(world, asked);
    await stay.authorise();
    await stay.reaches((row) => row.status !== "held");
    return stay;
  }

  /** Confirmed, and captured: all of it, or its deposit. */
  static async paid(world: BookingWorld, asked: object): Promise<GuestStay> {
    const stay = await GuestStay.authorised(world, asked);
    await stay.captured((await stay.row()).keep_minor);
    await stay.reaches((row) => row.saga_step === "stay");
    return stay;
  }

  async row(): Promise<BookingRow> {
    const { rows } = await this.#world.sql.query<BookingRow>("select * from bookings where booking_id = $1", [
      this.bookingId,
    ]);
    return rows[0]!;
  }

  async reaches(what: (row: BookingRow) => boolean): Promise<BookingRow> {
    return until(`booking ${this.bookingId}: ${String(what)}`, async () => {
      const row = await this.row();
      return what(row) && row;
    });
  }

  /** What it takes: the stretches in Lisbon's hours, in order. */
  async taken(): Promise<string[]> {
    const { rows } = await this.#world.sql.query<{ taken: string }>(
      `select to_char(lower(during) at time zone 'Europe/Lisbon', 'HH24:MI') || '-'
        || to_char(upper(during) at time zone 'Europe/Lisbon', 'HH24:MI') as taken
       from allocations where booking_id = $1 order by lower(during), upper(during)`,
      [this.bookingId],
    );
    return rows.map((row) => row.taken);
  }

  /** Calls an endpoint of the booking, by default as its guest. */
  call(method: string, path: string, body?: object, as: Caller = this.guest): Promise<Reply> {
    const headers = { "idempotency-key": crypto.randomUUID() };
    return this.#world.call(method, `/v1/bookings/${this.bookingId}${path}`, as, body, headers);
  }

  move(to: object): Promise<Reply> {
    return this.call("POST", "/reschedule", to);
  }

  /** The event about the booking that satisfies, once it is announced. */
  heard<D>(event: EventDefinition<D>, that: (data: D) => boolean = () => true): Promise<Envelope<D>> {
    return until(`${event.type} about ${this.bookingId}`, async () =>
      (await this.#world.tap.collected(event)).find(
        (one) => one.subject === this.bookingId && that(one.data),
      ),
    );
  }

  authorise(charge?: number): Promise<string> {
    return this.#emit(paymentAuthorised, { authorised: { amountMinor: 1, currency: "EUR" } }, charge);
  }

  decline(charge?: number): Promise<string> {
    return this.#emit(paymentDeclined, { reason: "payment/card-declined" }, charge);
  }

  captured(keptMinor: number, charge?: number): Promise<string> {
    return this.#emit(
      paymentCaptured,
      { captured: { amountMinor: 1, currency: "EUR" }, keptMinor: Number(keptMinor) },
      charge,
    );
  }

  refunded(keptMinor: number): Promise<string> {
    const refunded = { amountMinor: 1, currency: "EUR" };
    return this.#emit(refundSucceeded, { refundId: newId("rfd"), refunded, keptMinor });
  }

  /** The balance is paid; with it so much is kept in all. */
  balancePaid(keptMinor: number): Promise<string> {
    const captured = { amountMinor: 1, currency: "EUR" };
    return this.#emit(paymentCaptured, { captured, keptMinor, balanceCaptured: true }, 2);
  }

  async balanceFailed(attempt: number, reason = "payment/card-declined"): Promise<string> {
    const { balance } = await this.row();
    assert(balance, "what could not be taken is there");
    const { dueAt, givesUpAt } = balance;
    const due = { amountMinor: balance.amountMinor, currency: "EUR" };
    return this.#emit(paymentBalanceFailed, { due, reason, attempt, dueAt, givesUpAt }, 2);
  }

  balanceLost(): Promise<string> {
    const due = { amountMinor: 1, currency: "EUR" };
    return this.#emit(paymentBalanceLost, { due, reason: "payment/card-declined" }, 2);
  }

  #emit(event: unknown, more: object, charge?: number): Promise<string> {
    const facts = { paymentId: this.#paymentId, bookingId: this.bookingId };
    const data = { ...facts, ...more, ...(charge !== undefined && { charge }) };
    const about = { subject: this.#paymentId, version: ++this.#version, data };
    return this.#world.tap.emit(event as EventDefinition<object>, about);
  }

  /** The step's deadline has passed, for this booking alone. */
  async passDeadline(): Promise<void> {
    await this.#world.sql.query("update bookings set step_deadline_at = created_at where booking_id = $1", [
      this.bookingId,
    ]);
  }

  /** The booking begins so much later than now (or earlier, if negative), and lasts an hour. */
  async beginIn(interval: string): Promise<void> {
    await this.#world.sql.query(
      `update bookings set starts_at = now() + $2::interval, ends_at = now() + $2::interval + interval '1 hour'
       where booking_id = $1`,
      [this.bookingId, interval],
    );
  }
}
