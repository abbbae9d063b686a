import { startTraceCollector } from "@holdfast/testkit/telemetry/trace-collector";
import { until } from "@holdfast/testkit/until";
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
const soon = { OTEL_BSP_SCHEDULE_DELAY: "100" };

test("one booking is one trace, across the gateway, booking, payment and notification", async () => {
  await using collector = await startTraceCollector();
  await using world = await World.start({
    tracesUrl: collector.url,
    environment: { gateway: soon, booking: soon, payment: soon, notification: soon },
  });
  const resourceId = await world.publish();
  const guest = await world.admin.register("customer");
  const [slot] = await world.slots(resourceId);
  const { status } = await guest.book(
    { resourceId, startsAt: slot!.startsAt, endsAt: slot!.endsAt, paymentMethod: "pm_card_visa" },
    { waitSeconds: 10 },
  );
  expect(status).toBe("confirmed");
  await settled(world);

  const asked = await until("the gateway's span", () =>
    collector.spans.find(({ service, name }) => service === "gateway" && name === "POST /v1/bookings"),
  );
  const trace = () => collector.spans.filter(({ traceId }) => traceId === asked.traceId);
  const done = () => new Set(trace().map(({ service, name }) => `${service}: ${name}`));
  await expect.poll(() => steps.filter((step) => !done().has(step)), { timeout: 10_000 }).toEqual([]);
  const parentless = () => {
    const known = new Set(trace().map(({ spanId }) => spanId));
    return trace().filter(({ parentSpanId }) => !known.has(parentSpanId ?? ""));
  };
  await expect
    .poll(() => parentless().map(({ name }) => name), { timeout: 10_000 })
    .toEqual(["POST /v1/bookings"]);
  expect(trace().filter((span) => span.status.code === 2)).toEqual([]);
  await expectBooksAgree(world);
});
