/** A booking as its own service sees it: what it says about its charges, in an order of its own choosing. */
import type { Wants } from "./apply-booking-event.ts";
import { paidBy, type PaymentWorld, totalMinor } from "./payment-world.fixture.ts";

/** An event of booking's, delivered any number of times and in any order. */
interface Said {
  readonly version: number;
  readonly wants: Wants;
  readonly total: number;
}

export class BookingLife {
  readonly world: PaymentWorld;
  /** What the booking costs now. */
  total = totalMinor;
  /** What all charges together were last asked to keep. */
  keepMinor = 0;
  status: "held" | "confirmed" | "over" = "held";
  /** The charge of a change that waits to be paid. */
  pending: { readonly charge: number; readonly dueMinor: number } | null = null;
  readonly said: Said[] = [];
  readonly #delivered = new Set<number>();
  #version = 0;
  #charges = 1;

  constructor(world: PaymentWorld) {
    this.world = world;
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
    this.total = Math.max(0, this.total - byMinor);
    this.keepMinor = this.total;
    this.#say({ asked: "move", keepMinor: this.keepMinor, charge: null });
  }

  /** Cancelled, called off or a no-show; a change on its way ends in the same breath. */
  end(keptPercent: number): void {
    if (this.status !== "confirmed") return;
    this.status = "over";
    this.keepMinor = Math.floor((this.total * keptPercent) / 100);
    const dropped = this.pending;
    this.pending = null;
    this.#say({ asked: "settle", keepMinor: this.keepMinor, afterDecline: false });
    if (dropped !== null) this.#add({ asked: "drop", charge: dropped.charge });
  }

  /** Took place; nothing is asked, and all of the price is kept. */
  complete(): void {
    if (this.status !== "confirmed") return;
    this.status = "over";
    this.drop();
    this.#say({ asked: "complete" });
  }

  /** Brings payment one of the events so far, not for the first time perhaps. */
  deliver(which: number): void {
    const index = which % this.said.length;
    const { version, wants, total } = this.said[index]!;
    this.#delivered.add(index);
    this.world.booking(version, wants, total);
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
    this.said.push({ version: this.#version, wants, total: this.total });
  }
}
