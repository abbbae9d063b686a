/** What a batch has before it and what it has decided so far, so that each decision sees those before it. */
import { type Change, type Charges, followedBy, type Payment, type Step } from "./payment.ts";

export class ChargeBook {
  readonly #stored: ReadonlyMap<string, Charges>;
  readonly #charges: Map<string, Charges>;
  readonly #steps = new Map<Payment["id"], Step>();

  /** `stored` is what the database has, by booking, each booking's charges by number. */
  constructor(stored: ReadonlyMap<string, Charges>) {
    this.#stored = stored;
    this.#charges = new Map(stored);
  }

  /** A booking's charges as they stand now; none of a booking not known. */
  of(bookingId: Payment["bookingId"]): Charges {
    return this.#charges.get(bookingId) ?? [];
  }

  /** Adds a decision about a charge that is known, or is new. */
  take(step: Step): void {
    const { payment } = step;
    const before = this.#steps.get(payment.id);
    this.#steps.set(payment.id, before === undefined ? step : followedBy(before, step));
    const others = this.of(payment.bookingId).filter(({ charge }) => charge !== payment.charge);
    const charges = [...others, payment].toSorted((a, b) => a.charge - b.charge);
    this.#charges.set(payment.bookingId, charges);
  }

  /** The charge's step as it is so far. */
  stepOf(paymentId: Payment["id"]): Step | null {
    return this.#steps.get(paymentId) ?? null;
  }

  /** The payment as the database has it; undefined where it is new. */
  storedOf({ bookingId, charge }: Payment): Payment | undefined {
    return this.#stored.get(bookingId)?.find((one) => one.charge === charge);
  }

  /** Bookings that a decision was about: their charges as the database has them, and as they stand now. */
  bookings(): { readonly before: Charges; readonly after: Charges }[] {
    const ids = new Set([...this.#steps.values()].map(({ payment }) => payment.bookingId));
    return [...ids].map((id) => ({ before: this.#stored.get(id) ?? [], after: this.of(id) }));
  }

  /** Steps of payments that differ from what is stored. */
  changed(): Change[] {
    return [...this.#steps.values()]
      .map((step) => ({ ...step, before: this.storedOf(step.payment) ?? null }))
      .filter(({ payment, before }) => payment !== before);
  }
}
