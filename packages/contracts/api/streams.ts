/** Live status by server-sent events (WHATWG HTML, 9.2). */
import { z } from "zod";
import { defineEndpoint } from "../define-endpoint.ts";
import { id } from "../ids.ts";

const events =
  "`text/event-stream`. Each event's `id` is an event's id, its `event` that event's type, and its `data` the booking, as one line of JSON, as it stands when the event is told: `version` says how far it had come. After a broken connection the client names the last id it got in `Last-Event-ID` and is told first what it missed, in order, from the last seven days. A comment comes every 15 seconds. The stream ends when the token does, and when a client is 100 events behind.";

export const streamBooking = defineEndpoint({
  name: "streamBooking",
  service: "booking",
  method: "get",
  path: "/v1/bookings/{bookingId}/stream",
  summary: "What becomes of a booking, as it happens",
  description: `${events} Without that header, and where its event is not known any more, it begins with an event \`booking\`: the booking as it stands.`,
  access: "booking:read:own",
  limit: "stream",
  stream: true,
  params: z.object({ bookingId: id("bkg") }),
  answers: { status: 200, description: "The booking as it stands, then each change" },
  contentType: "text/event-stream",
  problems: ["booking/not-found", "booking/too-many-streams"],
});

export const streamMe = defineEndpoint({
  name: "streamMe",
  service: "booking",
  method: "get",
  path: "/v1/me/stream",
  summary: "What becomes of the caller's bookings, as it happens",
  description: `${events} Where the event that header names is not known any more, it begins with an event \`restarted\`: read the list of bookings anew. What happened to one booking within two seconds before the last event about another may be told once more, under the same id; one that arrives later than its id says has none, and what the header names stands.`,
  access: "booking:read:own",
  limit: "stream",
  stream: true,
  answers: { status: 200, description: "Each change of a booking of the caller's" },
  contentType: "text/event-stream",
  problems: ["booking/too-many-streams"],
});
