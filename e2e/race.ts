import { randomUUID } from "node:crypto";
import { createBooking } from "@holdfast/contracts/api/booking";
import { ApiError, type ApiClient, type AskedBooking } from "@holdfast/testkit/platform/api-client";
import { beforeAll, expect, test } from "vitest";
import { expectAllInOrder, settled } from "./audit.ts";
import type { World } from "./world.ts";

const clients = 200;

/** @param worldOf the platform, once it runs */
export function describeRaces(worldOf: () => World): void {
  let world: World;
  let guests: ApiClient[];

  beforeAll(async () => {
    world = worldOf();
    // Ten accounts with twenty requests each: what races is requests, and hashing 200 passwords would take longer.
    guests = await world.guests(10);
  });

  /** Everybody asks at once; answers `confirmed`, or the code of the refusal. */
  async function race(asked: AskedBooking): Promise<Record<string, number>> {
    const outcomes = await Promise.all(
      Array.from({ length: clients }, async (_, index) => {
        const input = { body: asked, idempotencyKey: randomUUID(), waitSeconds: 20 };
        try {
          return (await guests[index % guests.length]!.call(createBooking, input)).status;
        } catch (error) {
          if (error instanceof ApiError) return `${error.status} ${error.problem?.code}`;
          throw error;
        }
      }),
    );
    return Object.fromEntries(
      Map.groupBy(outcomes, (one) => one)
        .entries()
        .map(([outcome, all]) => [outcome, all.length]),
    );
  }

  test.each([1, 10])(
    "200 clients at once for a resource of %i: exactly so many are confirmed, the rest are told 409",
    async (capacity) => {
      const resourceId = await world.publish({ capacity });
      const [slot] = await world.slots(resourceId);
      const asked = {
        resourceId,
        startsAt: slot!.startsAt,
        endsAt: slot!.endsAt,
        paymentMethod: "pm_card_visa",
      };
      expect(await race(asked)).toEqual({
        confirmed: capacity,
        "409 booking/slot-taken": clients - capacity,
      });
      await settled(world);
      await expectAllInOrder(world);
    },
  );
}
