/** Bookings led to where their money is taken and settled. */
import { until } from "@holdfast/testkit/until";
import type { PaymentWorld, TestBooking } from "../payment-service.fixture.ts";

/** Paid for and confirmed. */
export async function capturedIn(world: PaymentWorld, booking = world.book()): Promise<TestBooking> {
  await booking.held("pm_card_visa");
  await world.reaches(booking, "authorised");
  await booking.confirmed();
  await world.reaches(booking, "captured");
  return booking;
}

/** The row of its settlement, once it was settled so often. */
export function settledIn(world: Pick<PaymentWorld, "sql">, booking: TestBooking, times = 1) {
  return until(`${booking.bookingId} to be settled ${times} times`, async () => {
    const { rows } = await world.sql.query(
      "select * from settlements where booking_id = $1 and times >= $2 and not due",
      [booking.bookingId, times],
    );
    return rows[0] as Record<string, unknown> | undefined;
  });
}
