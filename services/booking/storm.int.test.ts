import { pause } from "@holdfast/chassis/backoff";
import { promotionPublished } from "@holdfast/contracts/events/catalog";
import { newId } from "@holdfast/contracts/ids";
import { until } from "@holdfast/testkit/until";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BookingWorld, chairRules, newCustomer, slotAt } from "./booking-world.fixture.ts";
import {
  capacities,
  day,
  guestIn,
  promotionCode,
  randomOf,
  vendorIn,
  type Storm,
} from "./storm-actors.fixture.ts";
import { leftOf, readSnapshot, whatIsWrong, type StormSnapshot } from "./storm-invariants.fixture.ts";
import { StormPayments } from "./storm-payments.fixture.ts";

const seed = Math.floor(Math.random() * 2 ** 31);
const guestCount = 12;
const rounds = 24;
/** Looking takes some ms itself, and whoever looks without a pause keeps the storm from raging. */
const lookEveryMs = 20;

let world: BookingWorld;
beforeAll(async () => {
  world = await BookingWorld.start();
});
afterAll(() => world[Symbol.asyncDispose]());

/** Afternoons are dearer, so that moves cost more, less and the same. */
const price = {
  ...chairRules.price,
  adjustments: [
    { label: "Afternoon", when: { hours: { from: "12:00", to: "24:00" } }, change: { basisPoints: 5000 } },
  ],
};

async function brewUp(replicas: Storm["replicas"]): Promise<Storm> {
  const vendorId = newId("vnd");
  const approval = { withinMinutes: 60 };
  const resources = [
    await world.publish({ capacity: capacities[0], price, bufferAfterMinutes: 30 }, vendorId),
    await world.publish({ capacity: capacities[1], price }, vendorId),
    await world.publish({ capacity: capacities[2], price, approval }),
  ] as const;
  const data = {
    promotionId: newId("prm"),
    vendorId,
    code: promotionCode,
    label: "Storm",
    discount: { basisPoints: 1000 },
    version: 1,
    resourceIds: [],
    validFrom: null,
    validUntil: null,
    maximumUses: 8,
    maximumUsesPerCustomer: 3,
  };
  await world.tap.emit(promotionPublished, { subject: data.promotionId, version: 1, data });
  await until("the code to be known", async () => (await world.sql.query("select from promotions")).rowCount);
  return { replicas, resources, refusals: new Map() };
}

async function rage(storm: Storm, payments: StormPayments): Promise<string[]> {
  let isOver = false;
  let haveAllActed = false;
  const wrong: string[] = [];
  const watch = async () => {
    while (!isOver) {
      wrong.push(...whatIsWrong(await readSnapshot(world.sql)));
      await pause(lookEveryMs);
    }
  };
  const pay = async () => {
    await until("the storm to be over", async () => (await payments.answer(), isOver), 60_000);
  };
  const guests = Array.from({ length: guestCount }, (_, n) => guestIn(storm, seed + n, rounds));
  const vendors = [50, 51].map((n) => vendorIn(storm, seed + n, rounds));
  const acting = Promise.all([...guests, ...vendors]).finally(() => {
    haveAllActed = true;
  });
  const watching = [watch(), pay()];
  const clock = (async () => {
    for (let n = 0; n < 4; n++) {
      await until(
        "things to happen",
        async () => {
          const { rows } = await world.sql.query<{ count: number }>("select count(*)::integer from bookings");
          // How many bookings a storm comes to is up to its guests.
          return haveAllActed || rows[0]!.count >= 20 * (n + 1);
        },
        30_000,
      );
      await world.moveClock({ minutes: 11 });
    }
  })();
  try {
    await Promise.all([acting, clock]);
  } finally {
    isOver = true;
  }
  await Promise.all(watching);
  return [...new Set(wrong)];
}

/** Everything is decided, and payment has answered all. */
async function calm(payments: StormPayments): Promise<void> {
  payments.isGenerous = true;
  await until(
    "all bookings to be at rest",
    async () => {
      await payments.answer();
      const { rows } = await world.sql.query<{ people: number; machines: number }>(
        `select count(*) filter (where saga_step in ('pay', 'approve', 'change'))::integer as people,
          count(*) filter (where saga_step in ('capture', 'give-back'))::integer as machines from bookings`,
      );
      const { people, machines } = rows[0]!;
      if (people > 0 && machines === 0) await world.moveClock({ minutes: 5 });
      return people + machines === 0;
    },
    20_000,
  );
}

/** What each replica lists of a resource, by start, and what the allocations leave of it. */
async function listings(storm: Storm, rest: StormSnapshot) {
  const dayOf = (at: string) =>
    Temporal.Instant.from(at).toZonedDateTimeISO("Europe/Lisbon").toPlainDate().toString();
  const date = dayOf(slotAt(day).startsAt);
  return Promise.all(
    storm.resources.map(async (resourceId, index) => {
      const path = `/v1/resources/${resourceId}/slots?from=${date}&to=${date}&minutes=60`;
      const listed = await Promise.all(
        storm.replicas.map(async (replica) => {
          const slots = (await replica.call("GET", path, null)).body["slots"] as {
            startsAt: string;
            free: number;
          }[];
          return Object.fromEntries(slots.map((slot) => [slot.startsAt, slot.free]));
        }),
      );
      const left = Array.from({ length: 48 }, (_, halfHour) => {
        const { startsAt, endsAt } = slotAt(day, halfHour);
        return [
          startsAt,
          leftOf(rest, resourceId, { from: Date.parse(startsAt), to: Date.parse(endsAt) }),
        ] as const;
      });
      return { resourceId, index, listed, left: Object.fromEntries(left.filter(([, free]) => free > 0)) };
    }),
  );
}

const deadlocks = async () => {
  const { rows } = await world.sql.query<{ deadlocks: string }>(
    "select deadlocks from pg_stat_database where datname = current_database()",
  );
  return rows[0]!.deadlocks;
};

test(
  `a storm of guests, vendors and payments on two replicas breaks nothing (seed ${seed})`,
  { timeout: 90_000 },
  async () => {
    const replica = await world.startReplica();
    const storm = await brewUp([world, replica]);
    const before = await deadlocks();
    const payments = new StormPayments(world.tap, randomOf(seed + 100));
    expect(await rage(storm, payments)).toEqual([]);
    await calm(payments);
    const rest = await readSnapshot(world.sql);
    expect(rest.bookings.length).toBeGreaterThan(guestCount);
    expect(whatIsWrong(rest)).toEqual([]);
    const kept = rest.bookings.map(({ booking_id }) => [booking_id, payments.keptMinor(booking_id)]);
    expect(kept).toEqual(rest.bookings.map(({ booking_id, keep_minor }) => [booking_id, keep_minor]));
    for (const { resourceId, listed, left } of await listings(storm, rest)) {
      expect(listed).toEqual(storm.replicas.map(() => left));
      // One that is listed is taken, whole, and then no longer there.
      const [startsAt, quantity] = Object.entries(left)[0] ?? [];
      if (startsAt === undefined) continue;
      const endsAt = Temporal.Instant.from(startsAt).add({ hours: 1 }).toString();
      const asked = { resourceId, startsAt, endsAt, quantity };
      const replies = [await world.book(newCustomer(), asked), await replica.book(newCustomer(), asked)];
      expect(replies.map((reply) => reply.status)).toEqual([201, 409]);
    }
    // What a connection met is counted when it ends.
    await replica[Symbol.asyncDispose]();
    await world.restart();
    expect(await deadlocks()).toBe(before);
  },
);
