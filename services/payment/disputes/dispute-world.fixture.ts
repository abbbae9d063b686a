/** Disputes in the world of the payment service: what guests, banks and those who look at them do. */
import type { DisputeView } from "@holdfast/contracts/api/disputes";
import { newId } from "@holdfast/contracts/ids";
import { until } from "@holdfast/testkit/until";
import type { PaymentWorld, TestBooking } from "../payment-service.fixture.ts";

/** What Stripe asks for a dispute, and for the charge itself. */
export const disputeFeeMinor = 2_000;
export const chargeFeeMinor = 175;

/** A page of disputes as it is answered. */
interface Listed {
  readonly status: number;
  readonly items: DisputeView[];
  readonly next: string | null;
}

export function disputesIn(world: PaymentWorld) {
  async function captured(card = "pm_card_visa"): Promise<TestBooking> {
    const booking = world.book();
    await booking.held(card);
    await world.reaches(booking, "authorised");
    await booking.confirmed();
    await world.reaches(booking, "captured");
    return booking;
  }

  const settled = (booking: TestBooking, times = 1) =>
    until(`${booking.bookingId} to be settled ${times} times`, async () => {
      const { rowCount } = await world.sql.query(
        "select 1 from settlements where booking_id = $1 and times >= $2 and not due",
        [booking.bookingId, times],
      );
      return rowCount === 1;
    });

  async function completed(): Promise<TestBooking> {
    const booking = await captured();
    await booking.completed();
    await settled(booking);
    return booking;
  }

  /** The guest goes to their bank. */
  async function dispute(booking: TestBooking, amount?: number): Promise<string> {
    const [intent] = world.books(booking);
    await world.guest("disputes", { payment_intent: intent?.id, amount });
    const opened = world.stripe.ledger().disputes.find(({ paymentIntent }) => paymentIntent === intent?.id);
    return opened!.id;
  }

  const decide = (disputeId: string, outcome: "won" | "lost") =>
    world.guest(`disputes/${disputeId}/close`, { outcome });

  async function listed(
    query = "",
    path = "/v1/disputes",
    caller: object = { roles: ["admin"] },
  ): Promise<Listed> {
    const response = await fetch(`http://127.0.0.1:${world.port}${path}${query}`, {
      headers: world.signer.authorization({ userId: newId("usr"), roles: [], ...caller }),
      signal: AbortSignal.timeout(5_000),
    });
    return { status: response.status, ...((await response.json()) as Omit<Listed, "status">) };
  }

  const reachesState = (booking: TestBooking, status: DisputeView["status"]) =>
    until(`a dispute of ${booking.bookingId} to be ${status}`, async () => {
      const { items } = await listed(`?vendorId=${booking.vendorId}&status=${status}`);
      return items[0];
    });

  return { captured, settled, completed, dispute, decide, listed, reachesState, ...booksIn(world) };
}

/** What the database says of a booking's money. */
function booksIn({ sql }: PaymentWorld) {
  /** Each account's balance over what was posted for the booking. */
  async function balancesOf({ bookingId }: TestBooking): Promise<Record<string, number>> {
    const { rows } = await sql.query<{ account: string; sum: string }>(
      `select e.account, sum(e.amount_minor) as sum from ledger_transactions t
       join ledger_entries e on e.transaction_id = t.id where t.booking_id = $1 group by 1 having sum(e.amount_minor) <> 0`,
      [bookingId],
    );
    return Object.fromEntries(rows.map(({ account, sum }) => [account, Number(sum)]));
  }

  /** What the vendor is to be sent of the booking: amounts, and whether they are held back. */
  async function itemsOf({ bookingId }: TestBooking): Promise<[number, boolean][]> {
    const { rows } = await sql.query<{ amount: string; frozen: boolean }>(
      "select amount_minor as amount, frozen from vendor_items where booking_id = $1 order by transaction_id",
      [bookingId],
    );
    return rows.map(({ amount, frozen }) => [Number(amount), frozen]);
  }

  return { balancesOf, itemsOf };
}
