/** What catalog keeps about a person. */
import { readableRows, rowsOfPersonMax } from "@holdfast/chassis/readable-rows";
import type { PersonalData } from "@holdfast/contracts/api/personal-data";
import type { Id } from "@holdfast/contracts/ids";
import { sql, type Kysely } from "kysely";
import type { CatalogTables } from "../database.ts";

/** All rows that name the person, and how many vendors have no owner but them. */
export async function getPersonalData(db: Kysely<CatalogTables>, userId: Id<"usr">) {
  const vendors = await db
    .selectFrom("vendors")
    .selectAll()
    .where("owner_id", "=", userId)
    .limit(rowsOfPersonMax)
    .execute();
  const members = await db
    .selectFrom("vendor_members")
    .selectAll()
    .where("user_id", "=", userId)
    .limit(rowsOfPersonMax)
    .execute();
  const steps = await db
    .selectFrom("vendor_history")
    .selectAll()
    .where("by_user", "=", userId)
    .limit(rowsOfPersonMax)
    .execute();
  const owned = await sql<{ count: number }>`select count(*)::int as count from vendor_members own
    where user_id = ${userId} and role = 'owner' and not exists (
      select from vendor_members other
      where other.vendor_id = own.vendor_id and other.role = 'owner' and other.user_id <> own.user_id)`.execute(
    db,
  );
  const data: PersonalData = {
    vendors: readableRows(vendors),
    memberships: readableRows(members),
    vendorSteps: readableRows(steps),
  };
  return { data, bookingsToCome: 0, vendorsOwned: owned.rows[0]?.count ?? 0 };
}
