/** A hotel whose guests come from a trace: booked, paid, called off or not come to by booking's own use cases. */
import { createClock } from "@holdfast/chassis/clock";
import type { Database } from "@holdfast/chassis/database";
import { createLogger } from "@holdfast/chassis/log";
import { createTransactor, type Transact } from "@holdfast/chassis/unit-of-work";
import type { EventData } from "@holdfast/contracts/define-event";
import type { resourcePublished } from "@holdfast/contracts/events/catalog";
import { newId, type Id } from "@holdfast/contracts/ids";
import { house } from "@holdfast/testkit/hotel/hotel-books";
import { eventsOf, type HotelEvent, type Stay } from "@holdfast/testkit/hotel/hotel-trace";
import { completeRules } from "@holdfast/testkit/resource-rules";
import assert from "node:assert";
import { askedBooking } from "./bookings/asked-booking.ts";
import { takeBookings, type TakeBooking, type TakeBookingsDeps } from "./bookings/take-bookings.ts";
import { Waiters } from "./bookings/waiters.ts";
import type { BookingRow, BookingTables } from "./database.ts";
import { applyPublished } from "./resources/apply-resource-events.ts";
import { ResourceCache } from "./resources/resource-cache.ts";
import { driveSagas, type SagaDelivery, type SagaDeps } from "./saga/drive-sagas.ts";
import { expireSteps } from "./saga/expire-steps.ts";

const guest = newId("usr");
const batchMost = 64;

/** What a booking came to. */
export type Written = Pick<
  BookingRow,
  "status" | "total_minor" | "keep_minor" | "saga_step" | "starts_at" | "lines"
>;

/** The guest's own rate is taken as extras, in steps of a euro and of a cent. */
function rateExtras(rateMinor: number): { code: string; quantity: number }[] {
  const parts = [
    { code: "rate-euros", quantity: Math.floor(rateMinor / 100) },
    { code: "rate-cents", quantity: rateMinor % 100 },
  ];
  return parts.filter((one) => one.quantity > 0);
}

function roomType(type: string, rooms: number): EventData<typeof resourcePublished> {
  const rate = (code: string, amountMinor: number) =>
    ({ code, label: "Rate", per: "night", amountMinor, maximum: 1000 }) as const;
  const rules = completeRules({
    title: `Room type ${type}`,
    kind: "room",
    zone: house.zone,
    capacity: rooms,
    availability: {
      by: "nights",
      checkIn: house.checkIn,
      checkOut: house.checkOut,
      minimumNights: 1,
      maximumNights: 60,
    },
    price: {
      per: "night",
      amountMinor: 1000,
      currency: "EUR",
      adjustments: [
        { label: "Summer", when: { season: { from: "07-01", to: "08-31" } }, change: { amountMinor: 500 } },
        { label: "Weekend", when: { weekdays: ["fri", "sat"] }, change: { basisPoints: 2500 } },
      ],
      extras: [rate("rate-euros", 100), rate("rate-cents", 1)],
      taxes: [{ label: "City tax", basisPoints: 600 }],
    },
    cancellation: {
      fullRefundUntilHours: 168,
      tiers: [{ untilHours: 48, refundPercent: 50 }],
      refundPercentAfter: 20,
    },
    noShow: { refundPercent: 30 },
    windowDays: 1100,
  });
  return { resourceId: newId("res"), vendorId: newId("vnd"), vendorName: "Hotel", version: 1, rules };
}

/** The hotel's bookings as they come and go, day by day. */
export class Hotel {
  /** By stay: its booking, or null where it was refused. */
  readonly bookings: (Id<"bkg"> | null)[];
  readonly #database: Database<BookingTables>;
  readonly #stays: readonly Stay[];
  readonly #clock = createClock({ test: true });
  readonly #transact: Transact<BookingTables>;
  readonly #deps: TakeBookingsDeps & SagaDeps;
  readonly #roomTypes = new Map<string, Id<"res">>();

  constructor(database: Database<BookingTables>, stays: readonly Stay[]) {
    this.#database = database;
    this.#stays = stays;
    this.bookings = stays.map(() => null);
    this.#transact = createTransactor<BookingTables>({
      db: database.db,
      outbox: { publishAtOnce: () => {} },
      log: createLogger("test", "silent"),
      name: "booking",
    });
    this.#deps = {
      transact: this.#transact,
      clock: this.#clock,
      resources: new ResourceCache(),
      holdsPerGuest: 0,
      waiters: new Waiters(database.db),
    };
  }

  async open(capacity: ReadonlyMap<string, number>): Promise<void> {
    for (const [type, rooms] of capacity) {
      const data = roomType(type, rooms);
      this.#roomTypes.set(type, data.resourceId);
      const received = {
        id: newId("evt"),
        data,
        version: 1,
        traceparent: undefined,
        subject: data.resourceId,
      };
      await this.#transact((unit) => applyPublished(unit, [received as never]));
    }
  }

  /** What happens on each day, in order; on days of arrival it is noted at night who did not come. */
  days(): [string, readonly HotelEvent[]][] {
    const byDay = Map.groupBy(eventsOf(this.#stays), (event) => event.on);
    for (const stay of this.#stays)
      if (stay.isNoShow && !byDay.has(stay.arrivesOn)) byDay.set(stay.arrivesOn, []);
    return [...byDay].toSorted(([a], [b]) => (a < b ? -1 : 1));
  }

  /** Noon strikes, then things happen in their order; at night those who did not come are noted. */
  async live(day: string, events: readonly HotelEvent[]): Promise<void> {
    this.#strike(day, "12:00");
    for (const run of runsOf(events)) {
      const stays = run.map((event) => event.stay);
      await (run[0]!.what === "book" ? this.#book(stays) : this.#end(stays, "cancel"));
    }
    const missing = this.#missingOn(day);
    if (missing.length === 0) return;
    this.#strike(day, "21:00");
    await this.#end(missing, "no-show");
  }

  /** Everybody has left. */
  async close(): Promise<void> {
    this.#clock.moveTo(this.#clock.now().add({ hours: 24 * 1200 }));
    while (await expireSteps(this.#deps));
  }

  /** By stay: its booking as it stands. */
  async written(): Promise<(Written | null)[]> {
    const found = await this.#database.db
      .selectFrom("bookings")
      .select(["booking_id", "status", "total_minor", "keep_minor", "saga_step", "starts_at", "lines"])
      .execute();
    const byId = new Map<string, Written>(found.map((row) => [row.booking_id, row]));
    return this.bookings.map((id) => (id ? byId.get(id)! : null));
  }

  #strike(day: string, plainTime: string): void {
    const at = Temporal.PlainDate.from(day).toZonedDateTime({ timeZone: house.zone, plainTime });
    this.#clock.moveTo(at.toInstant());
  }

  #missingOn(day: string): number[] {
    return this.#stays.flatMap((stay, index) => (stay.isNoShow && stay.arrivesOn === day ? [index] : []));
  }

  /** Takes the stays in their order, and has payment take the money of those that are taken. */
  async #book(stays: readonly number[]): Promise<void> {
    const outcomes = await takeBookings(
      this.#deps,
      stays.map((index) => this.#request(index)),
    );
    const paid: SagaDelivery[] = [];
    for (const [i, outcome] of outcomes.entries()) {
      if (!("value" in outcome)) {
        assert(
          "problem" in outcome && outcome.problem.code === "booking/slot-taken",
          `refused for something else: ${JSON.stringify(outcome)}`,
        );
        continue;
      }
      assert(outcome.value.kind === "new");
      const { booking_id: bookingId, total_minor: keptMinor } = outcome.value.bookings[0]!.row;
      this.bookings[stays[i]!] = bookingId;
      paid.push({ bookingId, message: { kind: "authorised", by: "payment" } });
      paid.push({ bookingId, message: { kind: "captured", by: "payment", keptMinor } });
    }
    if (paid.length > 0) await this.#transact((unit) => driveSagas(this.#deps, unit, paid));
  }

  #request(index: number): TakeBooking {
    const stay = this.#stays[index]!;
    const arrival = Temporal.PlainDate.from(stay.arrivesOn);
    const at = (date: Temporal.PlainDate, plainTime: string) =>
      date.toZonedDateTime({ timeZone: house.zone, plainTime }).toInstant().toString();
    const asked = askedBooking({
      resourceId: this.#roomTypes.get(stay.roomType)!,
      startsAt: at(arrival, house.checkIn),
      endsAt: at(arrival.add({ days: stay.nights }), house.checkOut),
      quantity: 1,
      people: 1,
      also: [],
      extras: rateExtras(stay.rateMinor),
      promotionCode: undefined,
    });
    const keyUse = { caller: guest, key: `stay-${index}`, hash: String(index) };
    return { askings: [asked], series: null, customerId: guest, traceparent: "", keyUse };
  }

  /** Ends those of the stays that were taken, and has payment give back what goes back. */
  async #end(stays: readonly number[], kind: "cancel" | "no-show"): Promise<void> {
    const ids = stays.flatMap((index) => this.bookings[index] ?? []);
    if (ids.length === 0) return;
    const by = kind === "cancel" ? guest : newId("usr");
    await this.#transact(async (unit) => {
      const ended = ids.map((bookingId) => ({ bookingId, message: { kind, by } as const }));
      const after = await driveSagas(this.#deps, unit, ended);
      const settled = ids.map((bookingId) => {
        const keptMinor = after.get(bookingId)!.keep_minor;
        return { bookingId, message: { kind: "refunded", by: "payment", keptMinor } as const };
      });
      await driveSagas(this.#deps, unit, settled);
    });
  }
}

/** Neighbouring events of one kind, in pieces that a batch holds. */
function runsOf(events: readonly HotelEvent[]): HotelEvent[][] {
  const runs: HotelEvent[][] = [];
  for (const event of events) {
    const last = runs.at(-1);
    if (last && last[0]!.what === event.what && last.length < batchMost) last.push(event);
    else runs.push([event]);
  }
  return runs;
}
