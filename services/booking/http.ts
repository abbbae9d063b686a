/** Every endpoint of the booking service. */
import { answer, callerOf, handle, noContent, stream, type Call } from "@holdfast/chassis/endpoint";
import { idempotent } from "@holdfast/chassis/idempotency";
import * as blocks from "@holdfast/contracts/api/blocks";
import * as api from "@holdfast/contracts/api/booking";
import * as life from "@holdfast/contracts/api/booking-life";
import { getBookingMoney as getBookingMoneyEndpoint } from "@holdfast/contracts/api/booking-money";
import * as explain from "@holdfast/contracts/api/explain";
import * as exported from "@holdfast/contracts/api/exports";
import * as feeds from "@holdfast/contracts/api/feeds";
import { getInvoiceFacts as getInvoiceFactsEndpoint } from "@holdfast/contracts/api/invoice-facts";
import { personalDataEndpoint } from "@holdfast/contracts/api/personal-data";
import * as quotes from "@holdfast/contracts/api/quotes";
import * as bookingSeries from "@holdfast/contracts/api/booking-series";
import * as search from "@holdfast/contracts/api/search";
import * as streams from "@holdfast/contracts/api/streams";
import * as waiting from "@holdfast/contracts/api/waitlist";
import type { VendorPermission } from "@holdfast/contracts/access";
import type { Id } from "@holdfast/contracts/ids";
import { createBlock } from "./blocks/create-block.ts";
import { deleteBlock } from "./blocks/delete-block.ts";
import { listBlocks } from "./blocks/list-blocks.ts";
import { managedResource } from "./blocks/managed-resource.ts";
import { actForVendor, type VendorAct } from "./bookings/act-for-vendor.ts";
import { cancelBooking } from "./bookings/cancel-booking.ts";
import { createBooking, type CreateBookingDeps } from "./bookings/create-booking.ts";
import { getBookingMoney } from "./bookings/get-booking-money.ts";
import { getInvoiceFacts } from "./bookings/get-invoice-facts.ts";
import { getCancellationTerms } from "./bookings/cancellation-terms.ts";
import { listAllBookings, listBookings, listVendorBookings } from "./bookings/list-bookings.ts";
import { getBooking, getTimeline } from "./bookings/read-bookings.ts";
import { rescheduleBooking } from "./bookings/reschedule-booking.ts";
import type { TakeBookingsDeps } from "./bookings/take-bookings.ts";
import { getCalendar, type GetCalendarDeps } from "./calendar-links/get-calendar.ts";
import { createCalendarLink, deleteCalendarLink } from "./calendar-links/link-calendar.ts";
import { explainTime } from "./calendar/explain-time.ts";
import { listSlots, type ListSlotsDeps } from "./calendar/list-slots.ts";
import { exportBookings, exportVendorBookings } from "./exports/export-bookings.ts";
import { changeFeed } from "./feeds/change-feed.ts";
import { createFeed, type FeedDeps } from "./feeds/create-feed.ts";
import { deleteFeed } from "./feeds/delete-feed.ts";
import { readFeeds } from "./feeds/feed-view.ts";
import { getPersonalData } from "./personal-data/get-personal-data.ts";
import { createQuote } from "./quotes/create-quote.ts";
import { getQuote } from "./quotes/get-quote.ts";
import type { SagaDeps } from "./saga/drive-sagas.ts";
import { listParkedSagas } from "./saga/list-parked-sagas.ts";
import { searchResources, type SearchDeps } from "./search/search-resources.ts";
import { cancelSeries } from "./series/cancel-series.ts";
import { createSeries } from "./series/create-series.ts";
import { getSeries } from "./series/read-series.ts";
import { streamBooking, streamMine, type StreamDeps } from "./streams/stream-bookings.ts";
import { joinWaitlist } from "./waitlist/join-waitlist.ts";
import { leaveWaitlist } from "./waitlist/leave-waitlist.ts";
import { listWaitlist } from "./waitlist/list-waitlist.ts";

/** Everything the use cases behind the endpoints need. */
export type EndpointDeps = CreateBookingDeps &
  TakeBookingsDeps &
  ListSlotsDeps &
  GetCalendarDeps &
  SagaDeps &
  SearchDeps &
  StreamDeps &
  FeedDeps;

/** A call about one booking. */
interface OnBooking {
  readonly endpoint: { readonly access: VendorPermission };
  readonly params: { readonly bookingId: Id<"bkg"> };
}

export function endpoints(deps: EndpointDeps) {
  const me = (call: Pick<Call, "caller">) => callerOf(call).userId as Id<"usr">;
  return [
    handle(api.listSlots, async ({ params, query }) =>
      answer({ resourceId: params.resourceId, ...(await listSlots(deps, params.resourceId, query)) }),
    ),
    handle(explain.explainTime, async ({ params, query }) =>
      answer(await explainTime(deps, { ...params, ...query })),
    ),
    handle(search.searchResources, async ({ query }) => answer(await searchResources(deps, query))),
    ...waitlistEndpoints(deps),
    ...seriesEndpoints(deps),
    handle(api.createQuote, (call) =>
      idempotent(deps, call, async ({ tx }) => answer(await createQuote(deps, tx, call.body, me(call)))),
    ),
    handle(quotes.getQuote, async (call) => answer(await getQuote(deps.db, call.params.quoteId, me(call)))),
    handle(api.createBooking, (call) => createBooking(deps, call)),
    handle(api.getBooking, async (call) =>
      answer(await getBooking(deps, call.params.bookingId, callerOf(call))),
    ),
    handle(api.listBookings, async (call) => answer(await listBookings(deps, call.query, me(call)))),
    handle(life.cancelBooking, (call) =>
      idempotent(deps, call, async (unit) => {
        const asked = {
          bookingId: call.params.bookingId,
          customerId: me(call),
          expectedRefundMinor: call.body?.expectedRefundMinor,
          traceparent: call.traceparent,
        };
        return answer(await cancelBooking(deps, unit, asked));
      }),
    ),
    handle(life.getTimeline, async (call) =>
      answer(await getTimeline(deps, call.params.bookingId, callerOf(call))),
    ),
    handle(life.getCancellationTerms, async (call) =>
      answer(await getCancellationTerms(deps, call.params.bookingId, me(call))),
    ),
    handle(life.rescheduleBooking, (call) =>
      idempotent(deps, call, async (unit) => {
        const { paymentMethod, ...to } = call.body;
        const { traceparent, params } = call;
        const asked = { bookingId: params.bookingId, customerId: me(call), to, paymentMethod, traceparent };
        return answer(await rescheduleBooking(deps, unit, asked));
      }),
    ),
    ...vendorBookingEndpoints(deps),
    handle(life.listAllBookings, async ({ query }) => answer(await listAllBookings(deps, query))),
    handle(life.listParkedSagas, async ({ query }) => answer(await listParkedSagas(deps.db, query))),
    ...vendorCalendarEndpoints(deps),
    ...exportEndpoints(deps),
    ...streamEndpoints(deps),
    handle(getInvoiceFactsEndpoint, async ({ body }) =>
      answer(await getInvoiceFacts(deps.db, body.bookingIds)),
    ),
    handle(getBookingMoneyEndpoint, async ({ body }) =>
      answer(await getBookingMoney(deps.db, body.bookingIds)),
    ),
    handle(personalDataEndpoint("booking"), async ({ params }) =>
      answer(await getPersonalData(deps.db, params.userId)),
    ),
  ];
}

/** What a vendor's people do with its bookings. */
function vendorBookingEndpoints(deps: EndpointDeps) {
  const act = (kind: VendorAct, on: OnBooking, said?: string) => {
    const call = on as unknown as Call;
    return idempotent(deps, call, async (unit) => {
      const asked = {
        act: kind,
        ...on.params,
        caller: callerOf(call),
        permission: on.endpoint.access,
        traceparent: call.traceparent,
      };
      return answer(await actForVendor(deps, unit, said === undefined ? asked : { ...asked, said }));
    });
  };
  return [
    handle(life.approveBooking, (call) => act("approve", call)),
    handle(life.declineBooking, (call) => act("vendor-decline", call, call.body.reason)),
    handle(life.callOffBooking, (call) => act("call-off", call, call.body.reason)),
    handle(life.checkInBooking, (call) => act("check-in", call)),
    handle(life.completeBooking, (call) => act("complete", call)),
    handle(life.recordNoShow, (call) => act("no-show", call)),
    handle(life.listVendorBookings, async (call) => {
      const of = { vendorId: call.params.vendorId, caller: callerOf(call) };
      return answer(await listVendorBookings(deps, call.query, of));
    }),
  ];
}

function streamEndpoints(deps: EndpointDeps) {
  const asked = (call: Pick<Call, "caller" | "headers">) => ({
    caller: callerOf(call),
    lastEventId: call.headers("last-event-id"),
  });
  return [
    handle(streams.streamBooking, async (call) =>
      stream(await streamBooking(deps, call.params.bookingId, asked(call))),
    ),
    handle(streams.streamMe, (call) => stream(streamMine(deps, asked(call)))),
  ];
}

/** Blocks, feeds, and the calendar's own address. */
function vendorCalendarEndpoints(deps: EndpointDeps) {
  return [
    handle(blocks.createBlock, (call) =>
      idempotent(deps, call, async (unit) =>
        answer(await createBlock(deps, unit, { ...call.params, by: callerOf(call), block: call.body })),
      ),
    ),
    handle(blocks.listBlocks, async (call) =>
      answer(await listBlocks(deps, { ...call.params, ...call.query, by: callerOf(call) })),
    ),
    handle(blocks.deleteBlock, (call) =>
      idempotent(deps, call, async (unit) => {
        await deleteBlock(deps, unit, { ...call.params, by: callerOf(call) });
        return noContent();
      }),
    ),
    handle(feeds.createFeed, (call) =>
      idempotent(deps, call, async (unit) =>
        answer(await createFeed(deps, unit, { ...call.params, by: callerOf(call), feed: call.body })),
      ),
    ),
    handle(feeds.listFeeds, async (call) =>
      answer({
        items: await readFeeds(
          deps.db,
          await managedResource(deps.db, callerOf(call), {
            resourceId: call.params.resourceId,
            permission: call.endpoint.access,
          }),
        ),
      }),
    ),
    handle(feeds.changeFeed, (call) =>
      idempotent(deps, call, async (unit) =>
        answer(await changeFeed(deps, unit, { ...call.params, by: callerOf(call), change: call.body })),
      ),
    ),
    handle(feeds.deleteFeed, (call) =>
      idempotent(deps, call, async (unit) => {
        await deleteFeed(deps, unit, { ...call.params, by: callerOf(call) });
        return noContent();
      }),
    ),
    handle(feeds.createCalendarLink, (call) =>
      idempotent(deps, call, async ({ tx }) =>
        answer(await createCalendarLink(deps, tx, { ...call.params, ...call.body, by: callerOf(call) }), {
          headers: { "cache-control": "no-store" },
        }),
      ),
    ),
    handle(feeds.deleteCalendarLink, (call) =>
      idempotent(deps, call, async ({ tx }) => {
        await deleteCalendarLink(tx, { ...call.params, by: callerOf(call) });
        return noContent();
      }),
    ),
    handle(feeds.getCalendar, (call) =>
      getCalendar(deps, { file: call.params.file, ifNoneMatch: call.headers("if-none-match") }),
    ),
  ];
}

function exportEndpoints({ db }: EndpointDeps) {
  return [
    handle(exported.exportBookingsAsCalendar, (call) =>
      exportBookings(db, "ics", call.query, callerOf(call)),
    ),
    handle(exported.exportBookings, (call) => exportBookings(db, "csv", call.query, callerOf(call))),
    handle(exported.exportVendorBookings, (call) =>
      exportVendorBookings(db, call.params.vendorId, call.query, callerOf(call)),
    ),
  ];
}

function waitlistEndpoints(deps: EndpointDeps) {
  const me = (call: Pick<Call, "caller">) => callerOf(call).userId as Id<"usr">;
  return [
    handle(waiting.joinWaitlist, (call) =>
      idempotent(deps, call, async (unit) =>
        answer(await joinWaitlist(deps, unit, { asked: call.body, customerId: me(call) })),
      ),
    ),
    handle(waiting.listWaitlist, async (call) => answer(await listWaitlist(deps.db, call.query, me(call)))),
    handle(waiting.leaveWaitlist, (call) =>
      idempotent(deps, call, async (unit) => {
        await leaveWaitlist(unit, { entryId: call.params.entryId, customerId: me(call) });
        return noContent();
      }),
    ),
  ];
}

function seriesEndpoints(deps: EndpointDeps) {
  const me = (call: Pick<Call, "caller">) => callerOf(call).userId as Id<"usr">;
  return [
    handle(bookingSeries.createBookingSeries, (call) => createSeries(deps, call)),
    handle(bookingSeries.getBookingSeries, async (call) =>
      answer(await getSeries(deps, call.params.seriesId, me(call))),
    ),
    handle(bookingSeries.cancelBookingSeries, (call) =>
      idempotent(deps, call, async (unit) => {
        const { params, traceparent } = call;
        return answer(await cancelSeries(deps, unit, { ...params, customerId: me(call), traceparent }));
      }),
    ),
  ];
}
