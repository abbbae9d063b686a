/**
 * How fast free time is found: a month of one resource, and a week across all of them, asked for at a steady rate, first
 * by itself and then while calendars change. Each question is a new one as far as chance goes, so caches help only as they would in earnest.
 */
import { randomUUID } from "node:crypto";
import type { Platform } from "@holdfast/testkit/platform/start-platform";
import { cpuPerThing, readCpu } from "./counters.ts";
import { busyDays, makeAvailabilityWorld, type AvailabilityWorld } from "./availability-world.ts";
import type { LoadResult } from "./load.ts";
import { runOpenLoad } from "./open-load.ts";
import { makeBenchGuests } from "./world.ts";

const resources = 1000;
const asksPerSecond = 50;
const changesPerSecond = 5;
/** Long enough for every resource to have been asked about: a service that has run for a while is what is measured. */
const warmUpSeconds = 30;

/** A load, what it cost, and the bookings that changed calendars meanwhile. */
export interface MeasuredAsking {
  /** The first questions ever, while nothing is in memory. */
  readonly cold: LoadResult;
  /** Nothing but the questions. */
  readonly load: LoadResult;
  /** As many again, while somebody books: each booking is a whole saga on the same cores. */
  readonly loadBesideChanges: LoadResult;
  readonly changes: LoadResult;
  /** CPU milliseconds a question beside nothing else, by process, with what each does anyway. */
  readonly cpuMsEach: readonly (readonly [string, number])[];
  readonly bytesEach: number;
}

export interface AvailabilityResults {
  readonly resources: number;
  readonly allocations: number;
  readonly buildSeconds: number;
  readonly monthOfOne: MeasuredAsking;
  readonly weekOfAll: MeasuredAsking;
}

export async function measureAvailability(
  platform: Platform,
  of: { readonly allocations: number; readonly seconds: number },
  say: (line: string) => void,
): Promise<AvailabilityResults> {
  say(`publishing ${resources} resources, taking their time ${of.allocations} times …`);
  const world = await makeAvailabilityWorld(platform, { resources, allocations: of.allocations });
  const asking = { platform, world, seconds: of.seconds };
  say(`${world.allocations} allocations after ${world.seconds.toFixed(0)} s; a month of one resource …`);
  const monthOfOne = await measureAsking(asking, (index) => monthOf(world, index), '"slots":[');
  say(`a week across ${resources} resources …`);
  const weekOfAll = await measureAsking(asking, () => weekOfAllIn(world), '"firstFree":{');
  return {
    resources,
    allocations: world.allocations,
    buildSeconds: world.seconds,
    monthOfOne,
    weekOfAll,
  };
}

const dateIn = (days: number) => Temporal.Now.plainDateISO("UTC").add({ days }).toString();
const randomBelow = (most: number) => Math.floor(Math.random() * most);

function monthOf({ resourceIds }: AvailabilityWorld, index: number): string {
  const from = 1 + randomBelow(busyDays - 30);
  const resourceId = resourceIds[(index * 7) % resourceIds.length]!;
  return `/v1/resources/${resourceId}/slots?from=${dateIn(from)}&to=${dateIn(from + 29)}`;
}

function weekOfAllIn({ vendorId }: AvailabilityWorld): string {
  const from = 1 + randomBelow(busyDays - 7);
  return `/v1/search?vendorId=${vendorId}&limit=1000&from=${dateIn(from)}&to=${dateIn(from + 6)}`;
}

interface Asking {
  readonly platform: Platform;
  readonly world: AvailabilityWorld;
  readonly seconds: number;
}

/** Asks at the steady rate, by itself and while bookings change calendars; a warm-up comes first. */
async function measureAsking(
  { platform, world, seconds }: Asking,
  pathOf: (index: number) => string,
  expected: string,
): Promise<MeasuredAsking> {
  const [token] = await (await makeBenchGuests(platform, 1)).logInAll();
  let bytes = 0;
  const ask = (during: number) =>
    runOpenLoad({
      url: platform.gatewayUrl,
      perSecond: asksPerSecond,
      seconds: during,
      request: (index) => ({ method: "GET", path: pathOf(index), headers: {} }),
      complain: (status, body) => {
        bytes += body.length;
        return status === 200 && body.includes(expected)
          ? undefined
          : `${status}: ${body.toString().slice(0, 300)}`;
      },
    });
  const cold = await ask(warmUpSeconds);
  bytes = 0;
  const before = await readCpu();
  const load = await ask(seconds);
  const cpuMsEach = cpuPerThing(before, await readCpu(), Math.max(1, load.done));
  const bytesEach = bytes / Math.max(1, load.done);
  const [loadBesideChanges, changes] = await Promise.all([
    ask(seconds),
    change({ platform, world, seconds }, token!),
  ]);
  return { cold, load, loadBesideChanges, changes, cpuMsEach, bytesEach };
}

let nextHour = 0;

/** Books the hour after a desk's midnight, which nothing else takes: each booking changes a calendar. */
function change({ platform, world, seconds }: Asking, token: string): Promise<LoadResult> {
  return runOpenLoad({
    url: platform.gatewayUrl,
    perSecond: changesPerSecond,
    seconds,
    request: () => {
      const number = nextHour++;
      const { resourceId, zone } = world.desks[number % world.desks.length]!;
      const startsAt = Temporal.Now.zonedDateTimeISO(zone)
        .startOfDay()
        .add({ days: 2 + Math.floor(number / world.desks.length) });
      return {
        method: "POST",
        path: "/v1/bookings",
        headers: {
          authorization: `Bearer ${token}`,
          "content-type": "application/json",
          "idempotency-key": randomUUID(),
        },
        body: JSON.stringify({
          resourceId,
          startsAt: startsAt.toInstant().toString(),
          endsAt: startsAt.add({ hours: 1 }).toInstant().toString(),
        }),
      };
    },
    complain: (status, body) => (status === 201 ? undefined : `${status}: ${body.toString().slice(0, 300)}`),
  });
}
