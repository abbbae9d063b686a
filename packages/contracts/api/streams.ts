/** Live status by server-sent events (WHATWG HTML, 9.2). */
import { z } from "zod";
import { defineEndpoint } from "../define-endpoint.ts";
import { id } from "../ids.ts";

const events =
  "`text/event-stream`. Each event's `id` is an event id, its `event` the event's type, its `data` the booking as it is then. After a broken connection the browser sends `Last-Event-ID` and is told what it missed, from the last seven days; a comment comes every 15 seconds. The stream ends when the token does.";

export const streamBooking = defineEndpoint({
  name: "streamBooking",
  service: "booking",
  method: "get",
  path: "/v1/bookings/{bookingId}/stream",
  summary: "What becomes of a booking, as it happens",
  description: events,
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
  description: events,
  access: "booking:read:own",
  limit: "stream",
  stream: true,
  answers: { status: 200, description: "Each change of a booking of the caller's" },
  contentType: "text/event-stream",
  problems: ["booking/too-many-streams"],
});
