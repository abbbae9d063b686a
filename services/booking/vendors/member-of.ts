/** Who may act for a vendor here: its people as catalog tells of them, and administrators. */
import type { Caller } from "@holdfast/chassis/tokens";
import type { MemberRole } from "@holdfast/contracts/events/catalog";
import type { Id } from "@holdfast/contracts/ids";
import type { Kysely } from "kysely";
import type { BookingTables } from "../database.ts";

/** Is the caller one of the vendor's people, in any role, or an administrator? */
export async function isMember(
  db: Kysely<BookingTables>,
  caller: Caller,
  vendorId: Id<"vnd">,
): Promise<boolean> {
  return isAdmin(caller) || (await roleOf(db, caller, vendorId)) !== null;
}

/** Is the caller an owner or a manager of the vendor, or an administrator? */
export async function isManager(
  db: Kysely<BookingTables>,
  caller: Caller,
  vendorId: Id<"vnd">,
): Promise<boolean> {
  if (isAdmin(caller)) return true;
  const role = await roleOf(db, caller, vendorId);
  return role === "owner" || role === "manager";
}

const isAdmin = (caller: Caller) => caller.roles.includes("admin");

/** The caller's role with the vendor; null for strangers and for those who were removed. */
async function roleOf(
  db: Kysely<BookingTables>,
  caller: Caller,
  vendorId: Id<"vnd">,
): Promise<MemberRole | null> {
  const member = await db
    .selectFrom("vendor_members")
    .select("role")
    .where("vendor_id", "=", vendorId)
    .where("user_id", "=", caller.userId as Id<"usr">)
    .executeTakeFirst();
  return member?.role ?? null;
}
