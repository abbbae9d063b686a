/** The resources somebody may set blocks, feeds and calendar links for. */
import type { Caller } from "@holdfast/chassis/tokens";
import type { VendorPermission } from "@holdfast/contracts/access";
import type { Id } from "@holdfast/contracts/ids";
import type { Kysely } from "kysely";
import type { BookingTables } from "../database.ts";
import { resourceNotFound } from "../problems.ts";
import { mayActFor } from "../vendors/may-act-for.ts";

/** A resource whose vendor the caller acts for. */
export interface ManagedResource {
  readonly resourceId: Id<"res">;
  readonly calendarId: number;
}

/**
 * The resource, for who may do this with it: one of its vendor's people whose role allows it, or an administrator.
 * @throws resourceNotFound for everybody else too
 */
export async function managedResource(
  db: Kysely<BookingTables>,
  caller: Caller,
  { resourceId, permission }: { readonly resourceId: Id<"res">; readonly permission: VendorPermission },
): Promise<ManagedResource> {
  const found = await db
    .selectFrom("resources")
    .innerJoin("calendars", "calendars.resource_id", "resources.resource_id")
    .select(["resources.vendor_id", "calendars.calendar_id"])
    .where("resources.resource_id", "=", resourceId)
    .executeTakeFirst();
  if (!found?.vendor_id) throw resourceNotFound();
  const act = { vendorId: found.vendor_id, permission };
  if (!(await mayActFor(db, caller, act))) throw resourceNotFound();
  return { resourceId, calendarId: found.calendar_id };
}
