/** A booking as its own service sees it: what it says about its charges, in an order of its own choosing. */
import type { BalanceNews, Wants } from "./booking-news.ts";
import type { CollectionTerms } from "./collection.ts";
import { paidBy, type PaymentWorld, totalMinor } from "./payment-world.fixture.ts";

/** An event of booking's, delivered any number of times and in any order. */
interface Said {
  readonly version: number;
  readonly wants: Wants;
  readonly total: number;
  readonly balance: BalanceNews | null;
}

const hourMs = 3_600_000;
const textOf = (epochMs: number) => Temporal.Instant.fromEpochMilliseconds(epochMs).toString();
/** A balance is due two weeks before the start, and waited for three days; the booking begins a month ahead. */
const dueBeforeMs = 336 * hourMs;
const graceMs = 72 * hourMs;
const startsAfterMs = 720 * hourMs;

export class BookingLife {
  readonly world: PaymentWorld;
  /** What the booking costs now. */
  total = totalMinor;
  /** What all charges together were last asked to keep. */
  keepMinor = 0;
  status: "held" | "confirmed" | "over" = "held";
  /** Over, as it took place. */
  isCompleted = false;
  /** What of the total is still to be paid by the balance, as far as booking has heard. */
  openMinor: number;
  /** The charge of a change that waits to be paid. */
  pending: { readonly charge: number; readonly dueMinor: number } | null = null;
  readonly said: Said[] = [];
  readonly #delivered = new Set<number>();
  #terms: CollectionTerms;
  #version = 0;
  #charges: number;
  readonly #hasBalance: boolean;

  constructor(world: PaymentWorld, openMinor = 0) {
    this.world = world;
    this.openMinor = openMinor;
    this.#hasBalance = openMinor > 0;
    this.#charges = openMinor > 0 ? 2 : 1;
    const startMs = world.businessMs + startsAfterMs;
    this.#terms = {
      dueAt: textOf(startMs - dueBeforeMs),
      givesUpAt: textOf(startMs - dueBeforeMs + graceMs),
      startsAt: textOf(startMs),
    };
    this.#say({ asked: "authorise", by: paidBy("pm_card_visa") });
    this.deliver(0);
  }

  confirm(): void {
    if (this.status !== "held" || !this.#wasAuthorised(1)) return;
    this.status = "confirmed";
    this.keepMinor = this.total;
    this.#say({ asked: "capture" });
  }

  change(dueMinor: number, paymentMethod: string | null, captureAtOnce = false): void {
    if (this.status !== "confirmed" || this.pending !== null) return;
    const charge = (this.#charges += 1);
    this.pending = { charge, dueMinor };
    const difference = { charge, due: { amountMinor: dueMinor, currency: "EUR" } };
    this.#say({ asked: "authorise", by: paidBy(paymentMethod, captureAtOnce), difference });
  }

  accept(): void {
    if (this.pending === null || !this.#wasAuthorised(this.pending.charge)) return;
    const { charge, dueMinor } = this.pending;
    this.pending = null;
    this.total += dueMinor;
    this.keepMinor = this.total;
    this.#say({ asked: "move", keepMinor: this.keepMinor, charge });
  }

  drop(): void {
    if (this.pending === null) return;
    const { charge } = this.pending;
    this.pending = null;
    this.#say({ asked: "drop", charge });
  }

  moveToCheaper(byMinor: number): void {
    if (this.status !== "confirmed" || this.pending !== null) return;
    const lessMinor = Math.min(byMinor, this.total);
    this.total -= lessMinor;
    this.openMinor = Math.max(0, this.openMinor - lessMinor);
    this.keepMinor = this.total;
    this.#say({ asked: "move", keepMinor: this.keepMinor, charge: null });
  }

  /** What is to be there now: all but a balance that is still open. */
  get keptMinor(): number {
    return this.status === "confirmed" ? this.keepMinor - this.openMinor : this.keepMinor;
  }

  /** To another time at the same price: the balance is due with it, and what is overdue stays so. */
  moveStart(hours: number): void {
    if (this.status !== "confirmed" || this.pending !== null || this.#hasBegun) return;
    const nowMs = this.world.businessMs;
    const startMs = Math.max(nowMs, Date.parse(this.#terms.startsAt) + hours * hourMs);
    const dueMs = startMs - dueBeforeMs;
    const isOverdue = Date.parse(this.#terms.dueAt) <= nowMs;
    const at = isOverdue && dueMs <= nowMs ? Date.parse(this.#terms.dueAt) : Math.max(dueMs, nowMs);
    this.#terms = {
      dueAt: textOf(at),
      givesUpAt: textOf(Math.min(at + graceMs, startMs)),
      startsAt: textOf(startMs),
    };
    this.#say({ asked: "move", keepMinor: this.keepMinor, charge: null });
  }

  /** Takes in what payment has said so far of the balance. */
  hear(): void {
    const said = this.world.announced.map(({ event, data }) => ({ type: event.type, data: data as object }));
    if (this.openMinor > 0 && said.some(({ data }) => "balanceCaptured" in data)) {
      if (this.status === "confirmed" || this.isCompleted) {
        this.openMinor = 0;
        this.keepMinor = this.total;
      }
    }
    if (this.openMinor > 0 && said.some(({ type }) => type === "payment.balance-lost.v1")) this.end(50);
  }

  get #hasBegun(): boolean {
    return this.world.businessMs >= Date.parse(this.#terms.startsAt);
  }

  /** Cancelled, called off or a no-show; a change on its way ends in the same breath. */
  end(keptPercent: number): void {
    if (this.status !== "confirmed") return;
    this.status = "over";
    // Of what is to be kept, no more than was paid.
    this.keepMinor = Math.min(Math.floor((this.total * keptPercent) / 100), this.total - this.openMinor);
    const dropped = this.pending;
    this.pending = null;
    this.#say({ asked: "settle", keepMinor: this.keepMinor, afterDecline: false });
    if (dropped !== null) this.#add({ asked: "drop", charge: dropped.charge });
  }

  /** Took place; nothing is asked, and all of the price is kept but what was not paid of the balance. */
  complete(): void {
    if (this.status !== "confirmed" || (this.#hasBalance && !this.#hasBegun)) return;
    this.status = "over";
    this.isCompleted = true;
    this.drop();
    this.keepMinor = this.total - this.openMinor;
    this.#say({ asked: "complete" });
  }

  /** Brings payment one of the events so far, not for the first time perhaps. */
  deliver(which: number): void {
    const index = which % this.said.length;
    const { version, wants, total, balance } = this.said[index]!;
    this.#delivered.add(index);
    this.world.booking(version, wants, total, balance);
  }

  /** Brings what has not come yet, the newest or the oldest first. */
  deliverRest(newestFirst: boolean): void {
    const rest = this.said.map((_, index) => index).filter((index) => !this.#delivered.has(index));
    for (const index of newestFirst ? rest.toReversed() : rest) this.deliver(index);
  }

  #wasAuthorised(charge: number): boolean {
    return this.world.announced.some(
      ({ event, data }) =>
        event.type === "payment.authorised.v1" && (data as { charge: number }).charge === charge,
    );
  }

  #say(wants: Wants): void {
    this.#version += 1;
    this.#add(wants);
  }

  #add(wants: Wants): void {
    const balance =
      this.openMinor > 0 ? { charge: 2, amountMinor: this.openMinor, terms: this.#terms } : null;
    this.said.push({ version: this.#version, wants, total: this.total, balance });
  }
}
