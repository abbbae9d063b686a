/** Guests and vendors of a storm: each does one thing after the other, as chance has it. */
import { newId, type Id } from "@holdfast/contracts/ids";
import assert from "node:assert";
import { randomUUID } from "node:crypto";
import { newCustomer, slotAt, type BookingWorld, type Caller, type Reply } from "./booking-world.fixture.ts";

/** The day on which all of them meet. */
export const day = 30;

/** Numbers between 0 and 1, the same for the same seed (mulberry32). */
export function randomOf(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Replica = Pick<BookingWorld, "call">;

/** What all of them meet in. */
export interface Storm {
  readonly replicas: readonly Replica[];
  /** Of one unit, three and ten; the first two are of one vendor. */
  readonly resources: readonly [Id<"res">, Id<"res">, Id<"res">];
  /** Every refusal that anybody was given, by its code. */
  readonly refusals: Map<string, number>;
}

export const capacities = [1, 3, 10] as const;
export const promotionCode = "STORM";

/** Somebody who does one thing after the other, as chance has it, on either replica. */
class Actor {
  readonly #me: Caller;
  readonly #storm: Storm;
  readonly #random: () => number;

  constructor(storm: Storm, me: Caller, random: () => number) {
    this.#storm = storm;
    this.#me = me;
    this.#random = random;
  }

  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.#random() * list.length)]!;
  }

  chance(share: number): boolean {
    return this.#random() < share;
  }

  upTo(most: number): number {
    return 1 + Math.floor(this.#random() * most);
  }

  /** A request to either replica; refusals are noted, and anything else that fails is a failure. */
  async ask(method: string, path: string, body?: object): Promise<Reply> {
    const keyed = method === "POST" ? { "idempotency-key": randomUUID() } : {};
    const reply = await this.pick(this.#storm.replicas).call(method, path, this.#me, body, keyed);
    const { refusals } = this.#storm;
    if (reply.status >= 400) {
      const code = String(reply.body["code"]);
      refusals.set(code, (refusals.get(code) ?? 0) + 1);
    }
    assert(reply.status < 500, `${method} ${path}: ${JSON.stringify(reply.body)}`);
    return reply;
  }

  slot(): { startsAt: string; endsAt: string } {
    const { startsAt } = slotAt(day, Math.floor(this.#random() * 40));
    const minutes = 30 * this.upTo(4);
    return { startsAt, endsAt: Temporal.Instant.from(startsAt).add({ minutes }).toString() };
  }

  /** A resource and how much of it, for some time of the day. */
  what(of = Math.floor(this.#random() * 3)) {
    return {
      resourceId: this.#storm.resources[of]!,
      ...this.slot(),
      quantity: this.upTo(Math.ceil(capacities[of]! / 2)),
    };
  }

  /** One of the caller's bookings that is not over, as far as anybody knows. */
  async ownBooking(): Promise<string | undefined> {
    const { body } = await this.ask("GET", "/v1/bookings?limit=20");
    const items = body["items"] as { bookingId: string; status: string }[];
    const open = items.filter((one) => ["held", "awaiting-approval", "confirmed"].includes(one.status));
    return open.length === 0 ? undefined : this.pick(open).bookingId;
  }
}

type Deed = (actor: Actor, storm: Storm) => Promise<unknown>;

const book: Deed = (actor) =>
  actor.ask("POST", "/v1/bookings", {
    ...actor.what(),
    ...(actor.chance(0.3) ? { promotionCode } : undefined),
  });

const bookBoth: Deed = (actor, { resources: [chair, room] }) => {
  const [first, other] = actor.chance(0.5) ? [chair, room] : [room, chair];
  const also = [{ resourceId: other, ...(actor.chance(0.5) ? actor.slot() : undefined) }];
  return actor.ask("POST", "/v1/bookings", { ...actor.slot(), resourceId: first, also });
};

const bookSeries: Deed = (actor) =>
  actor.ask("POST", "/v1/booking-series", {
    ...actor.what(),
    rrule: "FREQ=HOURLY;INTERVAL=3;COUNT=4",
    onConflict: actor.chance(0.7) ? "skip" : "refuse",
  });

const cancel: Deed = async (actor) => {
  const bookingId = await actor.ownBooking();
  if (bookingId) await actor.ask("POST", `/v1/bookings/${bookingId}/cancel`);
};

const move: Deed = async (actor) => {
  const bookingId = await actor.ownBooking();
  if (bookingId)
    await actor.ask("POST", `/v1/bookings/${bookingId}/reschedule`, {
      ...actor.slot(),
      ...(actor.chance(0.3) ? { quantity: actor.upTo(3) } : undefined),
    });
};

const wait: Deed = (actor) => actor.ask("POST", "/v1/waitlist", actor.what());

const leave: Deed = async (actor) => {
  const { body } = await actor.ask("GET", "/v1/waitlist");
  const items = body["items"] as { entryId: string }[];
  if (items.length > 0) await actor.ask("DELETE", `/v1/waitlist/${actor.pick(items).entryId}`);
};

const guestDeeds: readonly Deed[] = [
  book,
  book,
  book,
  bookBoth,
  bookBoth,
  bookSeries,
  cancel,
  cancel,
  move,
  move,
  move,
  wait,
  wait,
  wait,
  leave,
];

const vendorDeeds: readonly Deed[] = [
  async (actor) => {
    const { body } = await actor.ask("GET", "/v1/operations/bookings?limit=50");
    const items = body["items"] as { bookingId: string; status: string }[];
    if (items.length === 0) return;
    const { bookingId, status } = actor.pick(items);
    const act =
      status === "awaiting-approval"
        ? actor.pick(["approve", "approve", "decline"])
        : actor.pick(["call-off", "no-show"]);
    await actor.ask(
      "POST",
      `/v1/bookings/${bookingId}/${act}`,
      ["approve", "no-show"].includes(act) ? undefined : { reason: "A storm" },
    );
  },
  async (actor, { resources }) => {
    const resourceId = actor.pick(resources);
    const quantity = actor.chance(0.3) ? {} : { quantity: 1 };
    const block = await actor.ask("POST", `/v1/resources/${resourceId}/blocks`, {
      ...actor.slot(),
      ...quantity,
      reason: "Repairs",
    });
    const blocks = (await actor.ask("GET", `/v1/resources/${resourceId}/blocks`)).body["items"] as {
      blockId: string;
    }[];
    if (block.status === 409 || blocks.length > 3)
      for (const { blockId } of blocks.slice(0, 2))
        await actor.ask("DELETE", `/v1/resources/${resourceId}/blocks/${blockId}`);
  },
];

/** A guest who does so many things. */
export function guestIn(storm: Storm, seed: number, times: number): Promise<void> {
  return act(new Actor(storm, newCustomer(), randomOf(seed)), guestDeeds, storm, times);
}

/** Somebody who manages all of the resources, and does so many things. */
export function vendorIn(storm: Storm, seed: number, times: number): Promise<void> {
  const manager: Caller = { userId: newId("usr"), roles: ["admin"] };
  return act(new Actor(storm, manager, randomOf(seed)), vendorDeeds, storm, times);
}

async function act(actor: Actor, deeds: readonly Deed[], storm: Storm, times: number): Promise<void> {
  for (let n = 0; n < times; n++) await actor.pick(deeds)(actor, storm);
}
