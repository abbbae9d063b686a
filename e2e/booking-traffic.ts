/** Many guests at once, each doing what guests do: booking and paying, being declined, cancelling, wanting the same time. */
import { logIn } from "@holdfast/contracts/api/sessions";
import { createUser } from "@holdfast/contracts/api/users";
import { createBooking, listSlots, type SlotView } from "@holdfast/contracts/api/booking";
import { cancelBooking } from "@holdfast/contracts/api/booking-life";
import type { Id } from "@holdfast/contracts/ids";
import { ApiClient, ApiError } from "@holdfast/testkit/platform/api-client";
import { until } from "@holdfast/testkit/until";
import { expect } from "vitest";
import { randomUUID } from "node:crypto";
import { persistently, type Troubles } from "./persistently.ts";
import type { World } from "./world.ts";

type Plan = "pays" | "declined" | "cancels-confirmed" | "cancels-held" | "contests";

/** What one client was finally told. */
interface Outcome {
  readonly plan: Plan;
  readonly startsAt: string;
  /** Null where it was refused. */
  readonly bookingId: Id<"bkg"> | null;
}

export interface TrafficOptions {
  readonly bookings: number;
  /** Requests in flight at most; 32 where not said. */
  readonly clients?: number;
  /** Guests who register and log in meanwhile, and resources that are published meanwhile; none where not said. */
  readonly newcomers?: number;
  readonly resources?: number;
}

const guestCount = 3;
const patienceMs = 12_000;
const waitSeconds = 5;
/** Of each ten: who books and pays, who is declined, who cancels, and two who want the same time. */
const plans: readonly Plan[] = [
  ...(["pays", "pays", "pays", "pays", "pays", "pays"] as const),
  ...(["declined", "cancels-confirmed", "contests", "contests"] as const),
];

function planOf(index: number): Plan {
  const plan = plans[index % plans.length] ?? "pays";
  return plan === "cancels-confirmed" && index % 20 < 10 ? "cancels-held" : plan;
}

/** Runs from `start` until `finish` has resolved. */
export class Traffic {
  readonly guests: ApiClient[];
  readonly resourceId: Id<"res">;
  readonly outcomes: Outcome[] = [];
  readonly troubles: Troubles = new Map();
  readonly #world: World;
  readonly #slots: readonly SlotView[];
  readonly published: Id<"res">[] = [];
  readonly #asked: number;
  readonly #running: Promise<unknown>;

  private constructor(
    world: World,
    guests: ApiClient[],
    on: { resourceId: Id<"res">; slots: readonly SlotView[] },
    options: TrafficOptions,
  ) {
    this.#world = world;
    this.guests = guests;
    this.resourceId = on.resourceId;
    this.#slots = on.slots;
    this.#asked = options.bookings;
    const work = this.#work(options);
    const clients = Array.from({ length: options.clients ?? 32 }, async () => {
      for (let next = work.shift(); next !== undefined; next = work.shift()) await next();
    });
    this.#running = Promise.all(clients);
    // It is awaited in `finish`; until then a failure is no unhandled one.
    this.#running.catch(() => undefined);
  }

  /** Publishes a resource, registers guests, and begins. */
  static async start(world: World, options: TrafficOptions): Promise<Traffic> {
    const resourceId = await world.publish();
    const guests = await Promise.all(
      Array.from({ length: guestCount }, () => world.admin.register("customer", "A guest")),
    );
    const from = world.today.add({ days: 3 });
    const query = {
      from: from.toString(),
      to: from.add({ days: Math.ceil(options.bookings / 23) }).toString(),
    };
    const { slots } = await world.anyone.call(listSlots, { params: { resourceId }, query });
    return new Traffic(world, guests, { resourceId, slots }, options);
  }

  /** Bookings whose clients still wait for their answer, or have yet to ask. */
  get waiting(): number {
    return this.#asked - this.outcomes.length;
  }

  /** Waits until so many have their answer. */
  async answered(count: number): Promise<void> {
    await until(`${count} answers`, () => this.outcomes.length >= count, 60_000);
  }

  /** Waits until everybody has a final answer. @throws when somebody was refused who should not have been */
  async finish(): Promise<void> {
    await this.#running;
  }

  #work({ bookings, newcomers = 0, resources = 0 }: TrafficOptions): (() => Promise<void>)[] {
    const work: (() => Promise<void>)[] = Array.from(
      { length: bookings },
      (_, index) => () => this.#book(index),
    );
    const others = [
      ...Array.from({ length: newcomers }, () => () => this.#register()),
      ...Array.from({ length: resources }, () => () => this.#publish()),
    ];
    // Spread over the whole of it.
    for (const [index, other] of others.entries()) {
      work.splice(Math.floor(((index + 0.5) * work.length) / others.length), 0, other);
    }
    return work;
  }

  async #book(index: number): Promise<void> {
    const plan = planOf(index);
    const guest = this.guests[index % this.guests.length]!;
    const slot = this.#slots[plan === "contests" ? index - (index % 2) : index]!;
    const { startsAt } = slot;
    const body = {
      resourceId: this.resourceId,
      startsAt,
      endsAt: slot.endsAt,
      paymentMethod: plan === "declined" ? "pm_card_chargeDeclined" : "pm_card_visa",
    };
    const waits = plan === "cancels-confirmed" || (plan === "pays" && index % 2 === 0);
    const idempotencyKey = randomUUID();
    try {
      const { bookingId } = await this.#ask(() =>
        guest.call(createBooking, {
          body,
          idempotencyKey,
          ...(waits && { waitSeconds }),
          signal: AbortSignal.timeout(patienceMs),
        }),
      );
      if (plan === "cancels-held" || plan === "cancels-confirmed") await this.#cancel(guest, bookingId);
      this.outcomes.push({ plan, startsAt, bookingId });
    } catch (error) {
      const isTaken = error instanceof ApiError && error.problem?.code === "booking/slot-taken";
      if (!isTaken || plan !== "contests") throw error;
      this.outcomes.push({ plan, startsAt, bookingId: null });
    }
  }

  async #cancel(guest: ApiClient, bookingId: Id<"bkg">): Promise<void> {
    const idempotencyKey = randomUUID();
    const signal = (): AbortSignal => AbortSignal.timeout(patienceMs);
    await this.#ask(() =>
      guest.call(cancelBooking, { params: { bookingId }, idempotencyKey, signal: signal() }),
    );
  }

  /** Who asked twice because the first answer was lost finds the account made. */
  async #register(): Promise<void> {
    const email = `newcomer-${randomUUID()}@example.com`;
    const password = `long-and-unlikely-${randomUUID()}`;
    const { anyone, admin } = this.#world;
    try {
      await this.#ask(() =>
        admin.call(createUser, { body: { email, password, name: "A newcomer", roles: ["customer"] } }),
      );
    } catch (error) {
      if (!(error instanceof ApiError) || error.problem?.code !== "auth/email-taken") throw error;
    }
    await this.#ask(() => anyone.call(logIn, { body: { email, password } }));
  }

  async #publish(): Promise<void> {
    this.published.push(await this.#world.offer({}, (call) => this.#ask(call)));
  }

  #ask<T>(call: () => Promise<T>): Promise<T> {
    return persistently(call, this.troubles);
  }
}

/**
 * Checks that what became of each booking is what its guest asked for and was told, that of two who wanted the same time
 * one has it, and that nothing was booked that nobody was told of.
 */
export async function expectKept(world: World, traffic: Traffic): Promise<void> {
  const { outcomes, resourceId, published } = traffic;
  const { rows } = await world.sql.query<{ booking_id: string; status: string }>(
    "select booking_id, status from booking.bookings where resource_id = $1",
    [resourceId],
  );
  const found = new Map(rows.map((row) => [row.booking_id, row.status]));
  const told = outcomes.filter((outcome) => outcome.bookingId !== null);
  expect(new Set(found.keys())).toEqual(new Set(told.map((outcome) => outcome.bookingId)));
  const due = { pays: "confirmed", contests: "confirmed", declined: "declined" } as const;
  const wrong = told.flatMap(({ plan, bookingId }) => {
    const wanted = plan === "cancels-held" || plan === "cancels-confirmed" ? "cancelled" : due[plan];
    const status = found.get(bookingId ?? "");
    return status === wanted ? [] : [{ plan, bookingId, status }];
  });
  expect(wrong).toEqual([]);
  const perTime = Map.groupBy(told, (outcome) => outcome.startsAt);
  expect([...perTime.values()].filter((together) => together.length !== 1)).toEqual([]);
  expect(perTime.size).toBe(new Set(outcomes.map((outcome) => outcome.startsAt)).size);
  for (const one of published) await world.bookable(one);
}
