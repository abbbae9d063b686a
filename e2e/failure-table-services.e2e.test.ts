/** The failure table's rows about services, and about those they talk to. */
import { logIn } from "@holdfast/contracts/api/sessions";
import { createQuote } from "@holdfast/contracts/api/booking";
import { ApiError } from "@holdfast/testkit/platform/api-client";
import { until } from "@holdfast/testkit/until";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectKept, Traffic } from "./booking-traffic.ts";
import { bookSlots, expectRest, report, visit, without } from "./failure-rows.ts";
import { World } from "./world.ts";

const count = 20;

let world: World;
beforeAll(async () => void (world = await World.enterToBreak({ bookings: 2 })));
afterAll(() => world?.[Symbol.asyncDispose]());

async function expectUnavailable(call: Promise<unknown>): Promise<void> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ApiError);
  const { status, headers } = error as ApiError;
  expect(status).toBe(503);
  expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
}

async function statusesOf(bookingIds: readonly string[]): Promise<Set<string>> {
  const { rows } = await world.sql.query<{ status: string }>(
    "select status from booking.bookings where booking_id = any($1)",
    [bookingIds],
  );
  expect(rows).toHaveLength(bookingIds.length);
  return new Set(rows.map((row) => row.status));
}

async function intentsAtStripe(): Promise<number> {
  const response = await fetch(`${world.platform.urlOf("stripe")}/_stand-in/ledger?limit=1`);
  const { totals } = (await response.json()) as { totals: Record<string, { intents: number }> };
  return Object.values(totals).reduce((sum, one) => sum + one.intents, 0);
}

test("with catalog and auth down, slots, quotes, bookings and payments go on under a token issued before", async () => {
  const visited = await visit(world);
  const { guest, resourceId } = visited;
  await without(world, ["catalog", "auth"], async () => {
    const [slot] = await world.slots(resourceId);
    const { startsAt, endsAt } = slot!;
    const asked = { resourceId, startsAt, endsAt };
    const { quoteId } = await guest.call(createQuote, { body: asked });
    const booked = await guest.book(
      { ...asked, quoteId, paymentMethod: "pm_card_visa" },
      { waitSeconds: 10 },
    );
    expect(booked.status).toBe("confirmed");
    await world.payment(guest, booked.bookingId, (payment) => payment.status === "captured");
    await expectUnavailable(
      world.anyone.call(logIn, { body: { email: "a@example.com", password: "whatever" } }),
    );
    await expectUnavailable(world.offer());
  });
  const rest = await expectRest(world, [guest]);
  report("catalog and auth down", rest);
  expect(rest.repeated).toBe(0);
});

test("with payment down slots are held, and confirmed once it is back", async () => {
  const visited = await visit(world);
  const { guest, resourceId, slots } = visited;
  const ids: string[] = [];
  await without(world, ["payment"], async () => {
    const bookings = await bookSlots(visited, count);
    ids.push(...bookings.map((booking) => booking.bookingId));
    expect(new Set(bookings.map((booking) => booking.status))).toEqual(new Set(["held"]));
    expect(await world.slots(resourceId)).toHaveLength(slots.length - count);
  });
  const rest = await expectRest(world, [guest]);
  report("payment down", rest);
  expect(await statusesOf(ids)).toEqual(new Set(["confirmed"]));
  expect(rest.repeated).toBe(0);
});

test("with Stripe out of reach slots are held, and confirmed once it answers", async () => {
  const visited = await visit(world);
  await world.stripe({ refuseConnections: true });
  const bookings = await bookSlots(visited, count);
  const ids = bookings.map((booking) => booking.bookingId);
  // Not each by itself: after some calls that found nobody the others wait without one.
  await until("payment to know of each booking, and to have called in vain twice", async () => {
    const { rows } = await world.sql.query<{ known: number; failures: number }>(
      "select count(*)::integer as known, sum(failures)::integer as failures from payment.payments where booking_id = any($1)",
      [ids],
    );
    return rows[0]?.known === count && rows[0].failures >= 2;
  });
  expect(await statusesOf(ids)).toEqual(new Set(["held"]));
  await world.stripe({ refuseConnections: false });
  const rest = await expectRest(world, [visited.guest]);
  report("Stripe down", rest);
  expect(await statusesOf(ids)).toEqual(new Set(["confirmed"]));
  expect(rest.repeated).toBe(0);
});

test("when Stripe does what was asked and its answers are lost, nobody is charged twice", async () => {
  const visited = await visit(world);
  const before = await intentsAtStripe();
  await world.stripe({ faults: [{ outcome: "cut-after", times: 25 }] });
  const ids = (await bookSlots(visited, count)).map((booking) => booking.bookingId);
  const rest = await expectRest(world, [visited.guest]);
  report("Stripe's answers lost", rest);
  expect(await statusesOf(ids)).toEqual(new Set(["confirmed"]));
  expect((await intentsAtStripe()) - before).toBe(count);
});

test("with notification down bookings are confirmed, and mails are sent once it is back", async () => {
  const visited = await visit(world);
  await without(world, ["notification"], async () => {
    const bookings = await bookSlots(visited, count, 10);
    expect(new Set(bookings.map((booking) => booking.status))).toEqual(new Set(["confirmed"]));
    expect(await world.mails({ to: visited.guest.user.email })).toEqual([]);
  });
  const rest = await expectRest(world, [visited.guest]);
  report("notification down", rest);
  expect(rest.repeated).toBe(0);
});

test("with the mail server down bookings are confirmed, and each mail is sent once when it is back", async () => {
  const visited = await visit(world);
  const mail = world.platform.standIn("mail");
  await mail.stop();
  const bookings = await bookSlots(visited, count, 10);
  expect(new Set(bookings.map((booking) => booking.status))).toEqual(new Set(["confirmed"]));
  await until("notification to have found the mail server away", async () => {
    const { rowCount } = await world.sql.query(
      "select 1 from notification.messages where user_id = $1 and status = 'waiting' and error is not null",
      [visited.guest.user.userId],
    );
    return (rowCount ?? 0) > 0;
  });
  mail.start();
  await mail.ready();
  const rest = await expectRest(world, [visited.guest]);
  report("mail server down", rest);
  expect(rest.repeated).toBe(0);
});

test("a mail server that refuses for now and loses its answers still shows each mail once", async () => {
  const lost = 3;
  const visited = await visit(world);
  await world.mailServer({ failNext: 10, acceptThenDrop: lost });
  await bookSlots(visited, count, 10);
  const rest = await expectRest(world, [visited.guest]);
  report("mail server troubled", rest);
  expect(rest.repeated).toBe(lost);
});

test("of two replicas of booking one is killed, and the other goes on with the sagas of both", async () => {
  const traffic = await Traffic.start(world, { bookings: 100 });
  await traffic.answered(30);
  await world.platform.service("booking", 1).kill9();
  expect(traffic.waiting).toBeGreaterThan(0);
  await traffic.finish();
  const rest = await expectRest(world, traffic.guests);
  report("one of two bookings killed", rest);
  await expectKept(world, traffic);
  expect([...traffic.troubles]).toEqual([]);
  expect(rest.repeated).toBe(0);
});
