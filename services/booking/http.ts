/** Every endpoint of the booking service. */
import { answer, callerOf, handle, type Call } from "@holdfast/chassis/endpoint";
import { idempotent } from "@holdfast/chassis/idempotency";
import * as api from "@holdfast/contracts/api/booking";
import { searchResources } from "@holdfast/contracts/api/search";
import type { Id } from "@holdfast/contracts/ids";
import { cancelBooking } from "./bookings/cancel-booking.ts";
import { createBooking, type CreateBookingDeps } from "./bookings/create-booking.ts";
import { getBooking, getTimeline, listBookings } from "./bookings/read-bookings.ts";
import type { TakeBookingsDeps } from "./bookings/take-bookings.ts";
import { listSlots, type ListSlotsDeps } from "./calendar/list-slots.ts";
import { createQuote } from "./quotes/create-quote.ts";
import type { SagaDeps } from "./saga/drive-sagas.ts";
import { listParkedSagas } from "./saga/list-parked-sagas.ts";
import { search, type SearchDeps } from "./search/search-resources.ts";

/** Everything the use cases behind the endpoints need. */
export type EndpointDeps = CreateBookingDeps & TakeBookingsDeps & ListSlotsDeps & SagaDeps & SearchDeps;

export function endpoints(deps: EndpointDeps) {
  const me = (call: Pick<Call, "caller">) => callerOf(call).userId as Id<"usr">;
  return [
    handle(api.listSlots, async ({ params, query }) =>
      answer({ resourceId: params.resourceId, ...(await listSlots(deps, params.resourceId, query)) }),
    ),
    handle(searchResources, async ({ query }) => search(deps, query)),
    handle(api.createQuote, async (call) => answer(await createQuote(deps, call.body, me(call)))),
    handle(api.createBooking, (call) => createBooking(deps, call)),
    handle(api.getBooking, async (call) => answer(await getBooking(deps, call.params.bookingId, me(call)))),
    handle(api.listBookings, async (call) => answer(await listBookings(deps, call.query, me(call)))),
    handle(api.cancelBooking, (call) =>
      idempotent(deps, call as unknown as Call, async (unit) => {
        const asked = {
          bookingId: call.params.bookingId,
          customerId: me(call),
          traceparent: call.traceparent,
        };
        return answer(await cancelBooking(deps, unit, asked));
      }),
    ),
    handle(api.getTimeline, async (call) => answer(await getTimeline(deps, call.params.bookingId, me(call)))),
    handle(api.listParkedSagas, async ({ query }) => answer(await listParkedSagas(deps.db, query))),
  ];
}
