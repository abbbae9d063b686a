/** A calendar is followed no longer: the times it took are free at once, and offered to whoever waits for them. */
import type { Clock } from "@holdfast/chassis/clock";
import type { Caller } from "@holdfast/chassis/tokens";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import { deleteFeed as endpoint } from "@holdfast/contracts/api/feeds";
import type { Id } from "@holdfast/contracts/ids";
import { managedResource } from "../blocks/managed-resource.ts";
import { lockCalendars, noteChange } from "../calendar/calendars.ts";
import type { BookingTables } from "../database.ts";
import { feedNotFound } from "../problems.ts";
import type { ResourceCache } from "../resources/resource-cache.ts";
import { offerFreed } from "../waitlist/offer-freed.ts";
import { noteStaleness } from "./due-feeds.ts";

/** @throws resourceNotFound, feedNotFound */
export async function deleteFeed(
  deps: { readonly clock: Clock; readonly resources: ResourceCache },
  unit: UnitOfWork<BookingTables>,
  asked: { readonly resourceId: Id<"res">; readonly feedId: Id<"fed">; readonly by: Caller },
): Promise<void> {
  const { tx } = unit;
  const { calendarId } = await managedResource(tx, asked.by, {
    resourceId: asked.resourceId,
    permission: endpoint.access,
  });
  await lockCalendars(tx, [asked.resourceId]);
  // Its blocks, and what they take, go with it.
  const { numDeletedRows } = await tx
    .deleteFrom("feeds")
    .where("feed_id", "=", asked.feedId)
    .where("calendar_id", "=", calendarId)
    .executeTakeFirstOrThrow();
  if (numDeletedRows === 0n) throw feedNotFound();
  await noteStaleness(tx, calendarId);
  await noteChange(tx, [calendarId]);
  await offerFreed(deps, unit, [calendarId]);
}
