/** Adding, changing and removing a vendor's members; each is a version of the vendor, and there is always an owner. */
import type { Caller } from "@holdfast/chassis/tokens";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import { addVendorMember, removeVendorMember, type VendorMember } from "@holdfast/contracts/api/vendors";
import { type MemberRole, vendorMemberAdded, vendorMemberRemoved } from "@holdfast/contracts/events/catalog";
import type { Id } from "@holdfast/contracts/ids";
import type { Kysely, Selectable } from "kysely";
import type { CatalogTables, VendorMemberTable } from "../database.ts";
import type { CatalogDependencies } from "../dependencies.ts";
import { lastOwner, memberNotFound, tooManyMembers } from "../problems.ts";
import { lockVendor, type VendorRow } from "../vendors/vendor-view.ts";

export type MemberRow = Selectable<VendorMemberTable>;

/** Members a vendor may have. */
const mostMembers = 500;

export interface MemberCall {
  readonly caller: Caller;
  readonly vendorId: Id<"vnd">;
  readonly userId: Id<"usr">;
  readonly traceparent: string;
}

/**
 * Lets a person act for the vendor in this role; the role they have already changes nothing.
 * @throws vendorNotFound, roleInsufficient, lastOwner, tooManyMembers
 */
export async function addMember(
  { clock }: Pick<CatalogDependencies, "clock">,
  unit: UnitOfWork<CatalogTables>,
  { caller, vendorId, userId, role, traceparent }: MemberCall & { readonly role: MemberRole },
): Promise<VendorMember> {
  const { tx } = unit;
  const vendor = await lockVendor(tx, caller, { vendorId, permission: addVendorMember.access });
  const members = await membersOf(tx, vendor);
  const before = members.find((one) => one.user_id === userId);
  if (before?.role === role) return memberView(before);
  if (before === undefined && members.length >= mostMembers) throw tooManyMembers();

  const now = clock.now();
  const member: MemberRow = {
    vendor_id: vendorId,
    user_id: userId,
    role,
    added_at: before?.added_at ?? now.toString(),
  };
  const ownerId = ownerAmong([...members.filter((one) => one !== before), member], vendor);
  const stored = await tx
    .insertInto("vendor_members")
    .values(member)
    .onConflict((conflict) => conflict.columns(["vendor_id", "user_id"]).doUpdateSet({ role }))
    .returningAll()
    .executeTakeFirstOrThrow();
  const version = await nextVersion(unit, vendor, ownerId);
  const data = { vendorId, userId, role };
  unit.announce(vendorMemberAdded, { subject: vendorId, version, data, traceparent, time: now });
  return memberView(stored);
}

/**
 * Lets a person act for the vendor no longer.
 * @throws vendorNotFound, roleInsufficient, memberNotFound, lastOwner
 */
export async function removeMember(
  { clock }: Pick<CatalogDependencies, "clock">,
  unit: UnitOfWork<CatalogTables>,
  { caller, vendorId, userId, traceparent }: MemberCall,
): Promise<void> {
  const { tx } = unit;
  const vendor = await lockVendor(tx, caller, { vendorId, permission: removeVendorMember.access });
  const members = await membersOf(tx, vendor);
  const left = members.filter((one) => one.user_id !== userId);
  if (left.length === members.length) throw memberNotFound();
  const ownerId = ownerAmong(left, vendor);
  await tx
    .deleteFrom("vendor_members")
    .where("vendor_id", "=", vendorId)
    .where("user_id", "=", userId)
    .execute();
  const version = await nextVersion(unit, vendor, ownerId);
  const data = { vendorId, userId };
  unit.announce(vendorMemberRemoved, { subject: vendorId, version, data, traceparent, time: clock.now() });
}

/** Everybody who acts for the vendor, longest there first. The first release kept its owner on the vendor alone. */
export async function membersOf(tx: Kysely<CatalogTables>, vendor: VendorRow): Promise<MemberRow[]> {
  const members = await tx
    .selectFrom("vendor_members")
    .selectAll()
    .where("vendor_id", "=", vendor.id)
    .orderBy("added_at")
    .orderBy("user_id")
    .limit(mostMembers)
    .execute();
  if (members.some((one) => one.user_id === vendor.owner_id)) return members;
  const owner = {
    vendor_id: vendor.id,
    user_id: vendor.owner_id,
    role: "owner",
    added_at: vendor.created_at,
  } as const;
  return [owner, ...members];
}

/** Who is the vendor's owner among these: the one so far, else who has been one of them for longest. @throws lastOwner */
function ownerAmong(members: readonly MemberRow[], vendor: VendorRow): Id<"usr"> {
  const candidates = members.filter((one) => one.role === "owner").map((one) => one.user_id);
  const owner = candidates.includes(vendor.owner_id) ? vendor.owner_id : candidates[0];
  if (owner === undefined) throw lastOwner();
  return owner;
}

async function nextVersion(
  { tx }: UnitOfWork<CatalogTables>,
  vendor: VendorRow,
  ownerId: Id<"usr">,
): Promise<number> {
  const version = vendor.version + 1;
  await tx.updateTable("vendors").set({ version, owner_id: ownerId }).where("id", "=", vendor.id).execute();
  return version;
}

export function memberView(member: MemberRow): VendorMember {
  return {
    vendorId: member.vendor_id,
    userId: member.user_id,
    role: member.role,
    addedAt: member.added_at,
  };
}
