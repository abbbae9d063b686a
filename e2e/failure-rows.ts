/** What the rows of the design's failure table have in common: something is down, guests go on, and all ends in order. */
import { type BookingView, createBooking, listSlots, type SlotView } from "@holdfast/contracts/api/booking";
import type { Id } from "@holdfast/contracts/ids";
import type { ApiClient } from "@holdfast/testkit/platform/api-client";
import type { PlatformService } from "@holdfast/testkit/platform/platform-ports";
import { randomUUID } from "node:crypto";
import { expectAllInOrder, expectMoneyAddsUp, settled } from "./audit.ts";
import { expectMailOnce, mailed } from "./mail-audit.ts";
import type { World } from "./world.ts";

/** A guest, a resource, and the hours of it that can be booked. */
export interface Visit {
  readonly guest: ApiClient;
  readonly resourceId: Id<"res">;
  readonly slots: readonly SlotView[];
}

/** A new guest before a new resource, so many days of it. */
export async function visit(world: World, days = 1): Promise<Visit> {
  const [guest, resourceId] = await Promise.all([
    world.admin.register("customer", "A guest"),
    world.publish(),
  ]);
  const from = world.today.add({ days: 3 });
  const query = { from: from.toString(), to: from.add({ days: days - 1 }).toString() };
  const { slots } = await world.anyone.call(listSlots, { params: { resourceId }, query });
  return { guest, resourceId, slots };
}

/** Books that slot of the visit with a good card; waits for the decision only when told to. */
export function bookSlot(visited: Visit, index: number, waitSeconds = 0): Promise<BookingView> {
  const { guest, resourceId, slots } = visited;
  const { startsAt, endsAt } = slots[index]!;
  return guest.call(createBooking, {
    body: { resourceId, startsAt, endsAt, paymentMethod: "pm_card_visa" },
    idempotencyKey: randomUUID(),
    waitSeconds,
  });
}

/** Books the visit's first slots, all at once. */
export function bookSlots(visited: Visit, count: number, waitSeconds = 0): Promise<BookingView[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => bookSlot(visited, index, waitSeconds)));
}

/** Does the work while these services are stopped, then starts them and waits until they are ready. */
export async function without(
  world: World,
  names: readonly PlatformService[],
  work: () => Promise<void>,
): Promise<void> {
  const processes = names.map((name) => world.platform.service(name));
  await Promise.all(processes.map((process) => process.stop()));
  try {
    await work();
  } finally {
    for (const process of processes) process.start();
    await Promise.all(processes.map((process) => process.ready()));
  }
}

/**
 * Waits for rest, and checks everything there is: slots, money, dead letters, parked work, and the guests' mails.
 * @returns how long it took to come to rest, in ms, and how many mails were delivered more than once.
 */
export async function expectRest(
  world: World,
  guests: readonly ApiClient[],
  deadlineMs = 20_000,
): Promise<{ readonly restMs: number; readonly repeated: number }> {
  const since = performance.now();
  await settled(world, deadlineMs);
  await mailed(world, deadlineMs);
  const restMs = performance.now() - since;
  await expectAllInOrder(world);
  await expectMoneyAddsUp(world);
  return { restMs, repeated: await expectMailOnce(world, guests) };
}

/** Says how a row went. */
export function report(row: string, { restMs, repeated }: { restMs: number; repeated: number }): void {
  console.log(`${row}: at rest ${(restMs / 1_000).toFixed(1)} s later; ${repeated} mails repeated`);
}
