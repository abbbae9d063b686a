/** Requests of many kinds with one thing wrong; `<resource>` and `<booking>` are names of what is there. */
import { slotAt } from "./booking-world.fixture.ts";

interface BadRequest {
  readonly what: string;
  readonly request: readonly [method: string, path: string, body?: object];
  readonly field: string;
  /** The guest where not said. */
  readonly by: "guest" | "owner" | undefined;
}

const feed = { url: "https://calendars.example/desk.ics" };

const rows: readonly (readonly [
  what: string,
  request: BadRequest["request"],
  field: string,
  by?: "owner",
])[] = [
  [
    "a move paid by a card's number",
    ["POST", "/v1/bookings/<booking>/reschedule", { ...slotAt(9), paymentMethod: "4242" }],
    "paymentMethod",
  ],
  ["a booking's id that is none", ["POST", "/v1/bookings/17/cancel"], "bookingId"],
  [
    "a refund below nothing",
    ["POST", "/v1/bookings/<booking>/cancel", { expectedRefundMinor: -1 }],
    "expectedRefundMinor",
  ],
  [
    "a refund beyond 2^53",
    ["POST", "/v1/bookings/<booking>/cancel", { expectedRefundMinor: 2 ** 53 }],
    "expectedRefundMinor",
  ],
  [
    "a refund in words",
    ["POST", "/v1/bookings/<booking>/cancel", { expectedRefundMinor: "all" }],
    "expectedRefundMinor",
  ],
  ["calling off without a reason", ["POST", "/v1/bookings/<booking>/call-off", {}], "reason", "owner"],
  [
    "calling off for a blank reason",
    ["POST", "/v1/bookings/<booking>/call-off", { reason: "  " }],
    "reason",
    "owner",
  ],
  [
    "declining for a reason too long",
    ["POST", "/v1/bookings/<booking>/decline", { reason: "x".repeat(501) }],
    "reason",
    "owner",
  ],
  [
    "a block for a reason too long",
    ["POST", "/v1/resources/<resource>/blocks", { ...slotAt(9), reason: "x".repeat(501) }],
    "reason",
    "owner",
  ],
  ["a feed without an address", ["POST", "/v1/resources/<resource>/feeds", {}], "url", "owner"],
  ["a feed that is no address", ["POST", "/v1/resources/<resource>/feeds", { url: "desk" }], "url", "owner"],
  [
    "a feed over ftp",
    ["POST", "/v1/resources/<resource>/feeds", { url: "ftp://calendars.example/desk.ics" }],
    "url",
    "owner",
  ],
  [
    "a feed that is a file",
    ["POST", "/v1/resources/<resource>/feeds", { url: "file:///etc/passwd" }],
    "url",
    "owner",
  ],
  [
    "a feed with an address too long",
    ["POST", "/v1/resources/<resource>/feeds", { url: `https://c.example/${"x".repeat(3000)}` }],
    "url",
    "owner",
  ],
  [
    "a feed that is stale at once",
    ["POST", "/v1/resources/<resource>/feeds", { ...feed, staleAfterMinutes: 0 }],
    "staleAfterMinutes",
    "owner",
  ],
  [
    "a feed that does something unknown",
    ["POST", "/v1/resources/<resource>/feeds", { ...feed, whenStale: "guess" }],
    "whenStale",
    "owner",
  ],
  [
    "a feed with an unknown member",
    ["POST", "/v1/resources/<resource>/feeds", { ...feed, password: "x" }],
    "password",
    "owner",
  ],
  ["slots from no date", ["GET", "/v1/resources/<resource>/slots?to=2027-01-01"], "from"],
  [
    "slots from a date in words",
    ["GET", "/v1/resources/<resource>/slots?from=tomorrow&to=2027-01-01"],
    "from",
  ],
  ["slots of February 30", ["GET", "/v1/resources/<resource>/slots?from=2027-02-30&to=2027-03-01"], "from"],
  [
    "slots to before they start",
    ["GET", "/v1/resources/<resource>/slots?from=2027-01-02&to=2027-01-01"],
    "to",
  ],
  ["slots to the year 9999", ["GET", "/v1/resources/<resource>/slots?from=2027-01-02&to=9999-01-01"], "to"],
  ["slots of a year", ["GET", "/v1/resources/<resource>/slots?from=2027-01-01&to=2027-12-31"], "to"],
  [
    "slots of no minutes",
    ["GET", "/v1/resources/<resource>/slots?from=2027-01-01&to=2027-01-02&minutes=0"],
    "minutes",
  ],
  [
    "slots for nobody",
    ["GET", "/v1/resources/<resource>/slots?from=2027-01-01&to=2027-01-02&people=0"],
    "people",
  ],
  [
    "slots with an unknown member",
    ["GET", "/v1/resources/<resource>/slots?from=2027-01-01&to=2027-01-02&fast=1"],
    "fast",
  ],
  [
    "explaining half a time",
    ["GET", "/v1/resources/<resource>/explain?startsAt=2027-01-01T10:00:00Z"],
    "endsAt",
  ],
  [
    "explaining a time backwards",
    ["GET", "/v1/resources/<resource>/explain?startsAt=2027-01-01T10:00:00Z&endsAt=2027-01-01T09:00:00Z"],
    "endsAt",
  ],
  [
    "searching a time backwards",
    ["GET", "/v1/search?startsAt=2027-01-01T10:00:00Z&endsAt=2027-01-01T09:00:00Z"],
    "endsAt",
  ],
  ["searching off the globe", ["GET", "/v1/search?near=91,0"], "near"],
  ["bookings in an unknown status", ["GET", "/v1/bookings?status=lost"], "status"],
  ["bookings since yesterday", ["GET", "/v1/bookings?from=yesterday"], "from"],
  ["bookings after another list's page", ["GET", "/v1/bookings?after=nonsense"], "after"],
  ["no bookings a page", ["GET", "/v1/bookings?limit=0"], "limit"],
];

export const badRequests: readonly BadRequest[] = rows.map(([what, request, field, by]) => ({
  what,
  request,
  field,
  by,
}));
