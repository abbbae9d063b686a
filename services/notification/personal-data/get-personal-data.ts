/** What notification keeps about a person. */
import { readableRows, rowsOfPersonMax } from "@holdfast/chassis/readable-rows";
import type { PersonalData } from "@holdfast/contracts/api/personal-data";
import type { Id } from "@holdfast/contracts/ids";
import type { Kysely } from "kysely";
import type { NotificationTables } from "../database.ts";

/** Their messages: what they told of, and what became of them. */
export async function getPersonalData(db: Kysely<NotificationTables>, userId: Id<"usr">) {
  const messages = await db
    .selectFrom("messages")
    .selectAll()
    .where("user_id", "=", userId)
    .orderBy("message_id", "desc")
    .limit(rowsOfPersonMax)
    .execute();
  const data: PersonalData = { messages: readableRows(messages) };
  return { data, bookingsToCome: 0, vendorsOwned: 0 };
}
