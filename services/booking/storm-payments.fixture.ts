/** Payment's part in a storm: answers what booking announces, some of it late, some of it with a no, some not at all. */
import {
  bookingCancelled,
  bookingChangeHeld,
  bookingConfirmed,
  bookingDeclined,
  bookingExpired,
  bookingHeld,
  bookingNoShow,
  bookingRescheduled,
} from "@holdfast/contracts/events/booking";
import type { Envelope, EventDefinition } from "@holdfast/contracts/define-event";
import {
  paymentAuthorised,
  paymentCaptured,
  paymentDeclined,
  paymentVoided,
  refundSucceeded,
} from "@holdfast/contracts/events/payment";
import { newId, type Id } from "@holdfast/contracts/ids";
import type { EventTap } from "@holdfast/testkit/bus/event-tap";

/** What payment knows of one booking. */
interface Account {
  readonly paymentId: Id<"pay">;
  /** Version of the newest event that said what is to be kept. */
  toldAt: number;
  isAuthorised: boolean;
  keptMinor: number;
  emitted: number;
}

const heard = [
  bookingHeld,
  bookingConfirmed,
  bookingDeclined,
  bookingExpired,
  bookingCancelled,
  bookingNoShow,
  bookingChangeHeld,
  bookingRescheduled,
] as readonly EventDefinition<{ readonly bookingId: Id<"bkg"> }>[];

/** The members of booking's events that money depends on. */
interface Told {
  readonly bookingId: Id<"bkg">;
  readonly total: { readonly amountMinor: number };
  readonly keepMinor?: number;
  readonly charge?: number;
  readonly latePayment?: boolean;
  readonly byVendor?: boolean;
}

export class StormPayments {
  readonly #tap: EventTap;
  readonly #random: () => number;
  readonly #accounts = new Map<string, Account>();
  readonly #next = new Map<string, number>();
  /** Whoever is asked to pay pays. */
  isGenerous = false;

  constructor(tap: EventTap, random: () => number) {
    this.#tap = tap;
    this.#random = random;
  }

  /** What is kept of the booking's charges. */
  keptMinor(bookingId: string): number {
    return this.#accounts.get(bookingId)?.keptMinor ?? 0;
  }

  /** Answers all that was announced since the last call; says how much that was. */
  async answer(): Promise<number> {
    let answered = 0;
    for (const event of heard) {
      const all = await this.#tap.collected(event);
      const from = this.#next.get(event.type) ?? 0;
      this.#next.set(event.type, all.length);
      for (const one of all.slice(from)) await this.#hear(one as unknown as Envelope<Told>);
      answered += all.length - from;
    }
    return answered;
  }

  async #hear({ type, data, aggregateversion: version }: Envelope<Told>): Promise<void> {
    const account = this.#accountOf(data.bookingId);
    if (type === bookingHeld.type) return this.#pay(data, undefined);
    if (type === bookingChangeHeld.type) return this.#pay(data, data.charge);
    // As payment does it: news that were overtaken change nothing.
    if (version <= account.toldAt) return;
    account.toldAt = version;
    if (type === bookingExpired.type) return this.#expired(data, account);
    if (type === bookingDeclined.type) return data.byVendor ? this.#keep(data, 0) : undefined;
    return this.#keep(data, data.keepMinor ?? data.total.amountMinor);
  }

  async #pay(data: Told, charge: number | undefined): Promise<void> {
    const luck = this.isGenerous ? 0 : this.#random();
    if (luck < 0.7) return this.#authorise(data, charge);
    if (luck >= 0.85) return;
    await this.#emit(paymentDeclined, data.bookingId, {
      reason: "payment/card-declined",
      ...ofCharge(charge),
    });
  }

  #authorise({ bookingId, total }: Told, charge: number | undefined): Promise<void> {
    if (charge === undefined) this.#accountOf(bookingId).isAuthorised = true;
    const authorised = { amountMinor: total.amountMinor, currency: "EUR" };
    return this.#emit(paymentAuthorised, bookingId, { authorised, ...ofCharge(charge) });
  }

  /** Some pay though their hold has ended; of the others the attempt ends. */
  async #expired(data: Told, { isAuthorised }: Account): Promise<void> {
    if (data.latePayment) return this.#keep(data, 0);
    // Authorised before its hold ended, and still on its way: booking's next word decides.
    if (isAuthorised) return;
    await (this.#random() < 0.4 ? this.#authorise(data, undefined) : this.#keep(data, 0));
  }

  async #keep({ bookingId, charge }: Told, keptMinor: number): Promise<void> {
    const account = this.#accountOf(bookingId);
    const more = keptMinor - account.keptMinor;
    account.keptMinor = keptMinor;
    const amount = { amountMinor: Math.abs(more), currency: "EUR" };
    const said = { keptMinor, ...ofCharge(charge) };
    if (more > 0) return this.#emit(paymentCaptured, bookingId, { ...said, captured: amount });
    if (keptMinor === 0 && more === 0) return this.#emit(paymentVoided, bookingId, said);
    await this.#emit(refundSucceeded, bookingId, { ...said, refundId: newId("rfd"), refunded: amount });
  }

  #accountOf(bookingId: string): Account {
    const known = this.#accounts.get(bookingId);
    if (known) return known;
    const account = { paymentId: newId("pay"), toldAt: 0, isAuthorised: false, keptMinor: 0, emitted: 0 };
    this.#accounts.set(bookingId, account);
    return account;
  }

  async #emit(event: unknown, bookingId: string, data: object): Promise<void> {
    const account = this.#accountOf(bookingId);
    account.emitted += 1;
    const { paymentId, emitted: version } = account;
    await this.#tap.emit(event as EventDefinition<object>, {
      subject: paymentId,
      version,
      data: { paymentId, bookingId, ...data },
    });
  }
}

function ofCharge(charge: number | undefined): { readonly charge?: number } {
  return charge === undefined ? {} : { charge };
}
