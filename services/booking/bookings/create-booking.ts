/** Holding a slot for a guest, and, if they wish, waiting until the booking is decided. */
import type { Batcher } from "@holdfast/chassis/batcher";
import type { Clock } from "@holdfast/chassis/clock";
import { answer, callerOf, type Answer, type Call } from "@holdfast/chassis/endpoint";
import { keyUseOf } from "@holdfast/chassis/key-use";
import type { BookingView, createBooking as endpoint } from "@holdfast/contracts/api/booking";
import type { Id } from "@holdfast/contracts/ids";
import type { Kysely } from "kysely";
import assert from "node:assert";
import type { BookingRow, BookingTables } from "../database.ts";
import { bookingNotFound } from "../problems.ts";
import { askedBooking } from "./asked-booking.ts";
import { bookingView } from "./booking-view.ts";
import type { TakeBooking, Taken } from "./take-bookings.ts";
import type { Waiters } from "./waiters.ts";

export interface CreateBookingDeps {
  readonly db: Kysely<BookingTables>;
  readonly clock: Clock;
  readonly waiters: Waiters;
  readonly takings: Batcher<TakeBooking, Taken>;
}

/**
 * Takes a booking. With `Prefer: wait=N` it answers when the booking is decided, or as it stands after N seconds.
 * A repeated key answers with the same booking, as it stands now.
 * @throws what `findRoom` does, paymentMethodNotAllowed, quoteNotUsable, and the refusals of a used key
 */
export async function createBooking(
  deps: CreateBookingDeps,
  call: Call<typeof endpoint>,
): Promise<Answer<BookingView>> {
  const keyUse = keyUseOf(call);
  assert(keyUse, "the endpoint requires an Idempotency-Key");
  const customerId = callerOf(call).userId as Id<"usr">;
  const { quoteId, paymentMethod, savePaymentMethod } = call.body;
  const taken = await deps.takings.add({
    askings: [askedBooking(call.body)],
    series: null,
    quoteId,
    paymentMethod,
    savePaymentMethod,
    customerId,
    traceparent: call.traceparent,
    keyUse,
  });
  const { bookingId } = taken.answer as { readonly bookingId: Id<"bkg"> };
  const held = taken.kind === "new" ? taken.bookings[0]!.row : await readBooking(deps.db, bookingId);
  const wanted = call.waitSeconds > 0 && held.status === "held";
  const decided = wanted
    ? await deps.waiters.wait(bookingId, call.waitSeconds * 1000, call.signal)
    : undefined;
  return answer(bookingView(decided ?? held, deps.clock.now()), {
    headers: {
      location: `/v1/bookings/${bookingId}`,
      ...(taken.kind === "replayed" ? { "idempotency-replayed": "true" } : undefined),
      ...(call.waitSeconds > 0 ? { "preference-applied": `wait=${call.waitSeconds}` } : undefined),
    },
  });
}

async function readBooking(db: Kysely<BookingTables>, bookingId: string): Promise<BookingRow> {
  const row = await db
    .selectFrom("bookings")
    .selectAll()
    .where("booking_id", "=", bookingId as Id<"bkg">)
    .executeTakeFirst();
  if (!row) throw bookingNotFound();
  return row;
}
