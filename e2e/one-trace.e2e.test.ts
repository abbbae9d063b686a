import { randomBytes, randomUUID } from "node:crypto";
import { createBooking } from "@holdfast/contracts/api/booking";
import { expect, test } from "vitest";
import { expectBooksAgree, settled } from "./audit.ts";
import { World } from "./world.ts";

/** What a paid booking does, in each service, after the guest's one call. */
const steps = [
  "gateway: POST /v1/bookings",
  "booking: POST /v1/bookings",
  "booking: send booking.held.v1",
  "payment: process booking.held.v1",
  "payment: stripe create",
  "payment: send payment.authorised.v1",
  "booking: process payment.authorised.v1",
  "booking: send booking.confirmed.v1",
  "payment: process booking.confirmed.v1",
  "payment: stripe capture",
  "notification: process booking.confirmed.v1",
  "notification: send notification.sent.v1",
];
/** The client's own span, of a trace that is to be recorded. */
const client = { traceId: randomBytes(16).toString("hex"), spanId: randomBytes(8).toString("hex") };

test("one booking is one trace, across the gateway, booking, payment and notification", async () => {
  await using world = await World.enter();
  const resourceId = await world.publish();
  const guest = await world.admin.register("customer");
  const [slot] = await world.slots(resourceId);
  const { startsAt, endsAt } = slot!;
  const { status } = await guest.call(createBooking, {
    body: { resourceId, startsAt, endsAt, paymentMethod: "pm_card_visa" },
    idempotencyKey: randomUUID(),
    waitSeconds: 10,
    headers: { traceparent: `00-${client.traceId}-${client.spanId}-01` },
  });
  expect(status).toBe("confirmed");
  await settled(world);

  const trace = () => world.spans.filter(({ traceId }) => traceId === client.traceId);
  const done = () => new Set(trace().map(({ service, name }) => `${service}: ${name}`));
  await expect.poll(() => steps.filter((step) => !done().has(step)), { timeout: 10_000 }).toEqual([]);
  const parentless = () => {
    const known = new Set(trace().map(({ spanId }) => spanId));
    return trace().filter(({ parentSpanId }) => !known.has(parentSpanId ?? ""));
  };
  await expect
    .poll(() => parentless().map(({ name }) => name), { timeout: 10_000 })
    .toEqual(["POST /v1/bookings"]);
  expect(parentless()[0]?.parentSpanId).toBe(client.spanId);
  expect(trace().filter((span) => span.status.code === 2)).toEqual([]);
  await expectBooksAgree(world);
});
