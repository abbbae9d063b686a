/** Payment's side of a life on real servers: the service with its database, the bus, and the stand-in for Stripe. */
import type { Id } from "@holdfast/contracts/ids";
import { until } from "@holdfast/testkit/until";
import { invoiceFactsOf } from "../../services/booking/bookings/get-invoice-facts.ts";
import { askings } from "../../services/payment/consumers.ts";
import { issuer } from "../../services/payment/documents/composed.fixture.ts";
import type { PaymentWorld } from "../../services/payment/payment-service.fixture.ts";
import type { BookingSide, News, Told } from "./booking-side.ts";
import { ledgerOf, type Observed, type PaymentSide } from "./payment-side.ts";

const deadlineMs = 30_000;
const isHeard = new Set(askings.map(({ event }) => event.type));

export class OnServers implements PaymentSide {
  readonly #world: PaymentWorld;
  readonly #booking: BookingSide;
  readonly #admin: Id<"usr">;
  #heard = 0;

  constructor(world: PaymentWorld, booking: BookingSide, admin: Id<"usr">) {
    this.#world = world;
    this.#booking = booking;
    this.#admin = admin;
  }

  get #bookingId(): Id<"bkg"> {
    return this.#booking.row.booking_id as Id<"bkg">;
  }

  async #query<R extends object>(text: string, ...more: readonly unknown[]): Promise<R[]> {
    return (await this.#world.sql.query<R>(text, [this.#bookingId, ...more])).rows;
  }

  /** Cards are named by the payment methods that the guest sends along. */
  setCard(): void {}

  /** Business time is booking's alone: nothing here waits for it. */
  passTo(): void {}

  async exchange(told: readonly Told[]): Promise<News[]> {
    const { others, tap } = this.#world;
    const facts = invoiceFactsOf(this.#booking.row);
    others.bookings.set(facts.bookingId, facts);
    others.issuers.set(facts.vendorId, { vendorId: facts.vendorId, ...issuer });
    for (const { event, version, data } of told) {
      const id = await tap.emit(event, { subject: this.#bookingId, version, data });
      if (!isHeard.has(event.type)) continue;
      // Each before the next, as booking's own outbox has them.
      await until(
        `${event.type} to be taken in`,
        async () => (await this.#world.sql.query("select 1 from inbox where event_id = $1", [id])).rowCount,
        deadlineMs,
      );
    }
    await this.#quiet();
    const rows = await this.#query<{ type: string; data: News["data"] }>(
      `select subject as type, envelope::json -> 'data' as data from outbox
       where envelope::json -> 'data' ->> 'bookingId' = $1 order by id offset $2`,
      this.#heard,
    );
    this.#heard += rows.length;
    return rows;
  }

  async #quiet(): Promise<void> {
    await until(
      `${this.#bookingId} to be quiet`,
      async () => {
        const open = await this.#query("select 1 from payments where booking_id = $1 and call is not null");
        return open.length === 0;
      },
      deadlineMs,
    );
  }

  async giveBack(amountMinor: number): Promise<void> {
    const { signer, port } = this.#world;
    const response = await fetch(`http://127.0.0.1:${port}/v1/bookings/${this.#bookingId}/refunds`, {
      method: "POST",
      headers: {
        ...signer.authorization({ userId: this.#admin, roles: ["admin"] }),
        "content-type": "application/json",
        "idempotency-key": crypto.randomUUID(),
      },
      body: JSON.stringify({ amountMinor, currency: this.#booking.row.currency, reason: "Sorry" }),
      signal: AbortSignal.timeout(deadlineMs),
    });
    if (response.status !== 201) throw new Error(`giving back answered ${await response.text()}`);
  }

  async #intentOf(charge: number): Promise<string> {
    const [row] = await this.#query<{ intent_id: string }>(
      "select intent_id from payments where booking_id = $1 and charge = $2",
      charge,
    );
    return row!.intent_id;
  }

  async dispute(charge: number, amountMinor: number): Promise<void> {
    const { guest } = this.#world;
    await guest("disputes", { payment_intent: await this.#intentOf(charge), amount: amountMinor });
    await this.#disputeIs(charge, "open");
  }

  async decide(charge: number, outcome: "won" | "lost"): Promise<void> {
    const intent = await this.#intentOf(charge);
    const { guest, stripe } = this.#world;
    const dispute = stripe.ledger().disputes.find(({ paymentIntent }) => paymentIntent === intent);
    await guest(`disputes/${dispute!.id}/close`, { outcome });
    await this.#disputeIs(charge, outcome);
  }

  /** The bank moves the money a moment after it has said so. */
  async #disputeIs(charge: number, state: "open" | "won" | "lost"): Promise<void> {
    await until(
      `the dispute about charge ${charge} of ${this.#bookingId} to be ${state}`,
      async () => {
        const rows = await this.#query<{ is_moved: boolean }>(
          `select (d.state = 'won') = (d.withdrawn_minor = 0) as is_moved
           from disputes d join payments p using (booking_id, charge)
           where booking_id = $1 and charge = $2 and d.state = $3 and p.disputed = ($3 = 'open')`,
          charge,
          state,
        );
        return rows[0]?.is_moved;
      },
      deadlineMs,
    );
  }

  async observe(): Promise<Observed> {
    const charges = await this.#query<Observed["charges"][number]>(
      `select charge, captured_minor::integer as "takenMinor", refunded_minor::integer as "backMinor",
         charged_back_minor::integer as "bankMinor"
       from payments where booking_id = $1 and captured_minor > 0 order by charge`,
    );
    const entries = await this.#query<{ id: string; account: string; currency: string; amountMinor: number }>(
      `select t.id, account, currency, amount_minor::integer as "amountMinor"
       from ledger_entries e join ledger_transactions t on t.id = e.transaction_id where booking_id = $1`,
    );
    const [items] = await this.#query<Observed["items"]>(
      `select coalesce(sum(payable_minor), 0)::integer as "payableMinor",
         coalesce(sum(tax_minor), 0)::integer as "taxMinor" from vendor_items where booking_id = $1`,
    );
    const [documents] = await this.#query<Observed["documents"]>(
      `select coalesce(sum(total_minor) filter (where kind = 'invoice'), 0)::integer as "invoicedMinor",
         coalesce(sum(total_minor) filter (where kind = 'credit-note'), 0)::integer as "creditedMinor"
       from documents where booking_id = $1`,
    );
    const intents = this.#world.stripe
      .ledger()
      .intents.filter(({ metadata }) => metadata["booking_id"] === this.#bookingId);
    const sums = new Map<string, number>();
    for (const { id, currency, amountMinor } of entries)
      sums.set(`${id} ${currency}`, (sums.get(`${id} ${currency}`) ?? 0) + amountMinor);
    return {
      charges,
      atProviderMinor: intents.reduce((sum, { captured, refunded }) => sum + captured - refunded, 0),
      ledger: ledgerOf(entries),
      unbalanced: [...sums.values()].filter((sum) => sum !== 0).length,
      items: items!,
      documents: documents!,
    };
  }
}
