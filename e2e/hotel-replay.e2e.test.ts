import { cancelBooking } from "@holdfast/contracts/api/booking-life";
import type { Id } from "@holdfast/contracts/ids";
import {
  countIndependently,
  eventsOf,
  generateStays,
  nightsOf,
  readHotelTrace,
  scarceCapacity,
  shift,
  type HotelEvent,
  type Stay,
} from "@holdfast/testkit/hotel/hotel-trace";
import { ApiError, type ApiClient } from "@holdfast/testkit/platform/api-client";
import { until } from "@holdfast/testkit/until";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectAllInOrder, settled } from "./audit.ts";
import { World } from "./world.ts";

const rows = 2_000;
const zone = "Europe/Lisbon";
const guestsCount = 8;

let world: World;
beforeAll(async () => {
  world = await World.enter();
});
afterAll(() => world?.[Symbol.asyncDispose]());

test("the independent count refuses a full night and nothing else", () => {
  const stay = (arrivesOn: string, nights: number, cancelledOn: string | null = null): Stay => ({
    bookedOn: "2015-01-01",
    arrivesOn,
    nights,
    roomType: "A",
    rateMinor: 8000,
    cancelledOn,
    isNoShow: false,
  });
  const stays = [
    stay("2015-02-01", 2),
    stay("2015-02-02", 2),
    stay("2015-02-03", 1),
    stay("2015-02-01", 1, "2015-01-02"),
  ];
  expect(countIndependently(stays, new Map([["A", 1]])).taken).toEqual([true, false, true, false]);
  expect(generateStays(50)).toEqual(generateStays(50));
});

test("2,000 real bookings, replayed in time order: every refusal is a true conflict, and what is kept is what stands", async () => {
  const trace = await readHotelTrace(rows);
  const firstDay = Temporal.PlainDate.from(trace.stays[0]!.bookedOn);
  const tomorrow = world.today.add({ days: 1 });
  const stays = shift(trace.stays, firstDay.until(tomorrow, { largestUnit: "days" }).days);
  const capacity = scarceCapacity(stays);
  const expected = countIndependently(stays, capacity);
  expect(expected.taken.filter((taken) => !taken).length).toBeGreaterThan(20);

  const hotel = new Replay(stays, await publishRoomTypes(capacity));
  const days = Map.groupBy(eventsOf(stays), (event) => event.on);
  for (const [day, events] of days) await hotel.live(day, events);
  console.log(
    `${stays.length} stays of the ${trace.source}: ${hotel.bookings.filter((id) => id === null).length} refused, ` +
      `${expected.kept.filter(Boolean).length} kept`,
  );

  expect(hotel.bookings.map((id) => id !== null)).toEqual(expected.taken);
  await settled(world, 120_000);
  const atRest = await expectAllInOrder(world);
  // Stays that are over by the end of the trace were completed by the clock.
  const standing = atRest.filter(({ status }) => status === "confirmed" || status === "completed");
  const kept = new Set(standing.map((row) => row.booking_id));
  expect(hotel.bookings.map((id) => id !== null && kept.has(id))).toEqual(expected.kept);
  expect(await occupancy(hotel.roomTypes)).toEqual(countNights(stays, expected.kept));
}, 290_000);

async function publishRoomTypes(capacity: ReadonlyMap<string, number>): Promise<Map<string, Id<"res">>> {
  const published = [...capacity].map(async ([type, rooms]) => {
    const resourceId = await world.publish({
      title: `Room type ${type}`,
      kind: "room",
      zone,
      capacity: rooms,
      availability: {
        by: "nights",
        checkIn: "15:00",
        checkOut: "11:00",
        minimumNights: 1,
        maximumNights: 60,
      },
      price: { per: "night", amountMinor: 8000, currency: "EUR" },
      cancellation: { fullRefundUntilHours: 24, refundPercentAfter: 50 },
      windowDays: 1100,
    });
    return [type, resourceId] as const;
  });
  return new Map(await Promise.all(published));
}

/** The hotel's guests, living through the trace day by day. */
class Replay {
  readonly roomTypes: ReadonlyMap<string, Id<"res">>;
  /** By stay: its booking, or null where it was refused. */
  readonly bookings: (Id<"bkg"> | null)[];
  readonly #stays: readonly Stay[];
  #guests: ApiClient[] = [];
  #loggedInAt = 0;

  constructor(stays: readonly Stay[], roomTypes: ReadonlyMap<string, Id<"res">>) {
    this.#stays = stays;
    this.roomTypes = roomTypes;
    this.bookings = stays.map(() => null);
  }

  /** One day: noon strikes, then things happen at once, but for what wants the same night: that keeps its order. */
  async live(day: string, events: readonly HotelEvent[]): Promise<void> {
    await this.#logIn();
    await world.moveClock(
      Temporal.PlainDate.from(day).toZonedDateTime({ timeZone: zone, plainTime: "12:00" }).toInstant(),
    );
    const begun: { readonly stay: Stay; readonly done: Promise<void> }[] = [];
    for (const { what, stay: index } of events) {
      const stay = this.#stays[index]!;
      const before = begun.filter((other) => wantSameNight(other.stay, stay));
      const done = Promise.all(before.map((other) => other.done)).then(() =>
        what === "book" ? this.#book(index) : this.#cancel(index),
      );
      begun.push({ stay, done });
    }
    await Promise.all(begun.map(({ done }) => done));
    await this.#everybodyHasPaid();
  }

  /** Night falls once every booking of the day has been paid: no hold may outlive the day. */
  async #everybodyHasPaid(): Promise<void> {
    await until("every booking of the day to be paid", async () => {
      const { rowCount } = await world.sql.query(
        "select 1 from booking.bookings where status = 'held' limit 1",
      );
      return rowCount === 0;
    });
  }

  /** Access tokens live by the machine's clock, five minutes. */
  async #logIn(): Promise<void> {
    if (performance.now() - this.#loggedInAt < 120_000 && this.#guests.length > 0) return;
    this.#guests =
      this.#guests.length > 0
        ? await Promise.all(this.#guests.map((guest) => guest.refreshed()))
        : await world.guests(guestsCount);
    world.admin = await world.anyone.logIn(world.platform.admin);
    this.#loggedInAt = performance.now();
  }

  #guestOf(stay: number): ApiClient {
    return this.#guests[stay % this.#guests.length]!;
  }

  async #book(index: number): Promise<void> {
    const stay = this.#stays[index]!;
    const at = (date: string, plainTime: string) =>
      Temporal.PlainDate.from(date).toZonedDateTime({ timeZone: zone, plainTime }).toInstant().toString();
    const asked = {
      resourceId: this.roomTypes.get(stay.roomType)!,
      startsAt: at(stay.arrivesOn, "15:00"),
      endsAt: at(departureOf(stay), "11:00"),
      paymentMethod: "pm_card_visa",
    };
    try {
      this.bookings[index] = (await this.#guestOf(index).book(asked)).bookingId;
    } catch (error) {
      if (!(error instanceof ApiError) || error.problem?.code !== "booking/slot-taken") throw error;
    }
  }

  async #cancel(index: number): Promise<void> {
    const bookingId = this.bookings[index];
    if (bookingId) await this.#guestOf(index).call(cancelBooking, { params: { bookingId } });
  }
}

function wantSameNight(one: Stay, other: Stay): boolean {
  return (
    one.roomType === other.roomType &&
    one.arrivesOn < departureOf(other) &&
    other.arrivesOn < departureOf(one)
  );
}

function departureOf({ arrivesOn, nights }: Stay): string {
  return Temporal.PlainDate.from(arrivesOn).add({ days: nights }).toString();
}

/** Nights taken by room type and date, as the calendar itself has them. */
async function occupancy(roomTypes: ReadonlyMap<string, Id<"res">>): Promise<Map<string, number>> {
  const { rows: nights } = await world.sql.query<{ resource_id: string; night: string; rooms: string }>(
    `select c.resource_id, to_char(night, 'YYYY-MM-DD') as night, count(*) as rooms
     from booking.allocations a join booking.calendars c using (calendar_id),
       generate_series((lower(a.during) at time zone $1)::date, (upper(a.during) at time zone $1)::date - 1, '1 day') night
     where c.resource_id = any($2)
     group by 1, 2`,
    [zone, [...roomTypes.values()]],
  );
  const typeOf = new Map([...roomTypes].map(([type, resourceId]) => [resourceId as string, type]));
  return sorted(nights.map((row) => [`${typeOf.get(row.resource_id)} ${row.night}`, Number(row.rooms)]));
}

function countNights(stays: readonly Stay[], kept: readonly boolean[]): Map<string, number> {
  const nights = stays.flatMap((stay, index) =>
    kept[index] ? nightsOf(stay).map((night) => `${stay.roomType} ${night}`) : [],
  );
  return sorted([...Map.groupBy(nights, (night) => night)].map(([night, all]) => [night, all.length]));
}

function sorted(entries: [string, number][]): Map<string, number> {
  return new Map(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
