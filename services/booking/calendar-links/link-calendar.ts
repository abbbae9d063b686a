/** The secret address of a resource's calendar: made anew by each call, and ended. */
import type { Clock } from "@holdfast/chassis/clock";
import type { Caller } from "@holdfast/chassis/tokens";
import {
  type CalendarLink,
  createCalendarLink as createEndpoint,
  deleteCalendarLink as deleteEndpoint,
} from "@holdfast/contracts/api/feeds";
import type { Id } from "@holdfast/contracts/ids";
import type { Transaction } from "kysely";
import { createHash, randomBytes } from "node:crypto";
import { managedResource } from "../blocks/managed-resource.ts";
import type { BookingTables } from "../database.ts";

/** Nobody guesses that many. */
const tokenBytes = 32;

/** What is kept of an address: who reads the table can open no calendar with it. */
export function hashOfToken(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}

/** Makes a new address; the one before answers nobody any more. @throws resourceNotFound */
export async function createCalendarLink(
  { clock }: { readonly clock: Clock },
  tx: Transaction<BookingTables>,
  asked: { readonly resourceId: Id<"res">; readonly by: Caller; readonly withFeeds: boolean },
): Promise<CalendarLink> {
  const { calendarId } = await managedResource(tx, asked.by, {
    resourceId: asked.resourceId,
    permission: createEndpoint.access,
  });
  const token = randomBytes(tokenBytes).toString("base64url");
  const createdAt = clock.now().round("millisecond").toString();
  const link = {
    token_hash: hashOfToken(token),
    with_feeds: asked.withFeeds,
    created_by: asked.by.userId,
    created_at: createdAt,
  };
  await tx
    .insertInto("calendar_links")
    .values({ calendar_id: calendarId, ...link })
    .onConflict((conflict) => conflict.column("calendar_id").doUpdateSet(link))
    .execute();
  return { url: `/v1/calendars/${token}.ics`, createdAt };
}

/** Ends the address, if there is one. @throws resourceNotFound */
export async function deleteCalendarLink(
  tx: Transaction<BookingTables>,
  asked: { readonly resourceId: Id<"res">; readonly by: Caller },
): Promise<void> {
  const { calendarId } = await managedResource(tx, asked.by, {
    resourceId: asked.resourceId,
    permission: deleteEndpoint.access,
  });
  await tx.deleteFrom("calendar_links").where("calendar_id", "=", calendarId).execute();
}
