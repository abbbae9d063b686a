/** Whatever booking is sent that is wrong is refused with the member at fault named, and changes nothing. */
import assert from "node:assert";
import { randomUUID } from "node:crypto";
import { vendorRegistered } from "@holdfast/contracts/events/catalog";
import { newId } from "@holdfast/contracts/ids";
import { until } from "@holdfast/testkit/until";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { badAskings, badRecurrences, badTimes, offGrid } from "./bad-input.fixture.ts";
import { badRequests } from "./bad-requests.fixture.ts";
import { BookingWorld, type Caller, newCustomer, slotAt } from "./booking-world.fixture.ts";

const guest = newCustomer();
const owner: Caller = { userId: newId("usr"), roles: ["vendor"] };

let world: BookingWorld;
/** What the cases speak of by name. */
let known: Readonly<Record<"resource" | "room" | "dear" | "elsewhere" | "booking", string>>;
/** One row of numbers for everything the service keeps. */
let countEverything: string;

beforeAll(async () => {
  world = await BookingWorld.start();
  const vendorId = newId("vnd");
  const resource = await world.publish(
    {
      capacity: 3,
      peoplePerUnit: 2,
      price: {
        per: "hour",
        amountMinor: 6000,
        currency: "EUR",
        extras: [{ code: "towel", label: "Towel", per: "person", amountMinor: 300, maximum: 2 }],
      },
    },
    vendorId,
  );
  const availability = {
    by: "nights",
    checkIn: "15:00",
    checkOut: "11:00",
    minimumNights: 2,
    maximumNights: 5,
  } as const;
  const price = { per: "night", amountMinor: 9000, currency: "EUR" } as const;
  const room = await world.publish({ availability, price }, vendorId);
  const dear = await world.publish(
    { price: { per: "hour", amountMinor: Number.MAX_SAFE_INTEGER, currency: "EUR" } },
    vendorId,
  );
  const elsewhere = await world.publish();
  const data = { vendorId, ownerId: owner.userId, name: "Salon" };
  await world.tap.emit(vendorRegistered, { subject: vendorId, version: 1, data });
  const held = await world.book(guest, { resourceId: resource, ...slotAt(9) });
  const booking = String(held.body["bookingId"]);
  await world.answerPayment(booking, "authorised");
  await until("the booking to be confirmed and its owner to be known", async () => {
    const at = `/v1/bookings/${booking}`;
    const { body } = await world.call("GET", at, guest);
    const { status } = await world.call("GET", `/v1/vendors/${vendorId}/bookings`, owner);
    return body["status"] === "confirmed" && status === 200;
  });
  known = { resource, room, dear, elsewhere, booking };
  const { rows } = await world.sql.query<{ name: string }>(
    "select tablename as name from pg_tables where schemaname = current_schema() order by 1",
  );
  assert(rows.length > 15);
  const counts = rows.map(({ name }) => `'${name} ' || (select count(*) from "${name}")`);
  const versions = ["bookings", "calendars", "resources"].map((name) => `(select sum(version) from ${name})`);
  countEverything = `select concat_ws(', ', ${[...counts, ...versions].join(", ")}) as state`;
});

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

async function state(): Promise<string> {
  const { rows } = await world.sql.query<{ state: string }>(countEverything);
  return rows[0]!.state;
}

/** The request with what it names put in place of the names: `<resource>`. */
function filledIn<T>(value: T): T {
  const text = JSON.stringify(value ?? null).replaceAll(
    /<(\w+)>/g,
    (_, name: string) => known[name as keyof typeof known],
  );
  return JSON.parse(text) as T;
}

interface Refusal {
  readonly errors?: readonly { readonly field: string; readonly message: string }[];
  /** A series says for each occurrence why it cannot be booked. */
  readonly occurrences?: readonly { readonly problem?: Refusal }[];
}

function errorsOf({ errors = [], occurrences = [] }: Refusal): NonNullable<Refusal["errors"]> {
  return [...errors, ...occurrences.flatMap(({ problem }) => (problem ? errorsOf(problem) : []))];
}

async function expectRefused(
  { field, status = 400 }: { readonly field: string; readonly status?: number | undefined },
  [method, path, body]: readonly [method: string, path: string, body?: object],
  as = guest,
) {
  const before = await state();
  const key = { "idempotency-key": randomUUID() };
  const reply = await world.call(method, filledIn(path), as, body && filledIn(body), key);
  expect(reply.status, JSON.stringify(reply.body)).toBe(status);
  expect(reply.headers.get("content-type")).toContain("application/problem+json");
  const errors = errorsOf(reply.body);
  expect(errors.map((error) => error.field)).toContain(field);
  for (const { message } of errors) expect(message).not.toBe("");
  expect(await state()).toBe(before);
}

const whole = { resourceId: "<resource>", ...slotAt(3) };
const weekly = { rrule: "FREQ=WEEKLY;COUNT=3" };

describe("a quote, a booking and a series", () => {
  test.each(badAskings)("are refused where asked for with $what", async (bad) => {
    const asked = { ...whole, ...bad.set };
    await expectRefused(bad, ["POST", "/v1/quotes", asked]);
    await expectRefused(bad, ["POST", "/v1/bookings", asked]);
    const status = bad.status === 422 ? 409 : bad.status;
    await expectRefused({ ...bad, status }, ["POST", "/v1/booking-series", { ...asked, ...weekly }]);
  });

  test.each([
    { what: "a quote's id that is none", set: { quoteId: "17" }, field: "quoteId" },
    { what: "a card's number", set: { paymentMethod: "4242 4242 4242 4242" }, field: "paymentMethod" },
    { what: "a price of one's own", set: { totalMinor: 1 }, field: "totalMinor" },
  ])("a booking is refused with $what", async ({ set, field }) => {
    await expectRefused({ field }, ["POST", "/v1/bookings", { ...whole, ...set }]);
  });

  test.each(badRecurrences)("a series is refused with $what", async (bad) => {
    await expectRefused(bad, ["POST", "/v1/booking-series", { ...whole, ...weekly, ...bad.set }]);
  });

  test("are taken where nothing is wrong", async () => {
    const taken = [
      await world.call("POST", "/v1/quotes", guest, filledIn(whole)),
      await world.book(guest, filledIn(whole)),
      await world.call("POST", "/v1/booking-series", guest, filledIn({ ...whole, ...weekly }), {
        "idempotency-key": randomUUID(),
      }),
    ];
    expect(taken.map(({ status }) => status)).toEqual([201, 201, 201]);
  });
});

describe("times", () => {
  const there = { ...slotAt(9), quantity: 1 };
  test.each(badTimes)("with $what are refused for a move, a block and a place in line", async (bad) => {
    const asked = { ...there, ...bad.set };
    await expectRefused(bad, ["POST", "/v1/bookings/<booking>/reschedule", asked]);
    await expectRefused(
      bad,
      ["POST", "/v1/resources/<resource>/blocks", { ...asked, reason: "Paint." }],
      owner,
    );
    await expectRefused(bad, ["POST", "/v1/waitlist", { ...asked, resourceId: "<resource>" }]);
  });

  test.each([
    {
      what: "off the grid",
      set: offGrid(slotAt(9)),
      field: "startsAt",
    },
    { what: "in the past", set: slotAt(-3), field: "startsAt" },
    { what: "beyond the booking window", set: slotAt(400), field: "startsAt" },
    { what: "that is too long", set: { endsAt: slotAt(10).endsAt }, field: "endsAt" },
  ])("a move to a time $what is refused", async ({ set, field }) => {
    const asked = { ...there, ...set };
    await expectRefused({ field, status: 422 }, ["POST", "/v1/bookings/<booking>/reschedule", asked]);
  });
});

describe("requests of every other kind", () => {
  test.each(badRequests)("are refused: $what", async ({ request, field, by = "guest" }) =>
    expectRefused({ field }, request, by === "guest" ? guest : owner),
  );
});
