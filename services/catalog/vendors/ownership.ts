/** Who may see and change a vendor and what belongs to it. To anybody else it does not exist. */
import type { Caller } from "@holdfast/chassis/tokens";
import type { Id } from "@holdfast/contracts/ids";

/** Is the caller the vendor's owner, or an administrator? */
export function mayManage(caller: Caller | null, vendor: { readonly owner_id: Id<"usr"> }): boolean {
  return caller !== null && (caller.userId === vendor.owner_id || caller.roles.includes("admin"));
}
