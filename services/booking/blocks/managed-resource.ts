/** The resources somebody may set blocks, feeds and calendar links for. */
import type { Caller } from "@holdfast/chassis/tokens";
import type { Id } from "@holdfast/contracts/ids";
import type { Kysely } from "kysely";
import type { BookingTables } from "../database.ts";
import { resourceNotFound } from "../problems.ts";
import { isManager } from "../vendors/member-of.ts";

/** A resource whose vendor the caller acts for. */
export interface ManagedResource {
  readonly resourceId: Id<"res">;
  readonly calendarId: number;
}

/**
 * The resource, for an owner or a manager of its vendor, or an administrator.
 * @throws resourceNotFound for everybody else too
 */
export async function managedResource(
  db: Kysely<BookingTables>,
  caller: Caller,
  resourceId: Id<"res">,
): Promise<ManagedResource> {
  const found = await db
    .selectFrom("resources")
    .innerJoin("calendars", "calendars.resource_id", "resources.resource_id")
    .select(["resources.vendor_id", "calendars.calendar_id"])
    .where("resources.resource_id", "=", resourceId)
    .executeTakeFirst();
  if (!found?.vendor_id || !(await isManager(db, caller, found.vendor_id))) throw resourceNotFound();
  return { resourceId, calendarId: found.calendar_id };
}
