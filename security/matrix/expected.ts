/** What each endpoint should answer to each caller, computed from the table that the platform itself checks by. */
import { grants, memberGrants, permissionsByMemberRole, type Permission } from "@holdfast/contracts/access";
import type { EndpointDefinition } from "@holdfast/contracts/define-endpoint";
import type { Answered } from "../requests.ts";
import type { Caller, Side } from "./callers.ts";

/** Let in; or told to say who they are, that they may not, or that there is no such thing. */
export type Expected = "in" | "unknown" | "forbidden" | "hidden";

const ofVendors: readonly Permission[] = permissionsByMemberRole.owner;

/** Whose the object of a call is: of a vendor's or guest's side, the caller's account's or another's; null where it is about none, or anybody's. */
export type Whose = Side | "mine" | "another's" | null;

/** A guest's own, and shown to those who manage the vendor's bookings. */
const shownToVendor: ReadonlySet<string> = new Set(["getBooking", "getTimeline", "streamBooking"]);

/** A guest's own, and the vendor's people have a permission of their own for it. */
const sharedWithVendor: ReadonlySet<string> = new Set(["listBookingDocuments", "getDocument", "getReceipt"]);

function mayCall(caller: Caller, access: EndpointDefinition["access"]): boolean {
  if (access === "public") return true;
  if (access === "service") return caller.roles.includes("service");
  if (caller.scopes !== undefined && !(caller.scopes as readonly Permission[]).includes(access)) return false;
  return grants(caller.roles, access);
}

function actsFor(caller: Caller, side: Side, permission: Permission): boolean {
  if (caller.scopes !== undefined && !(caller.scopes as readonly Permission[]).includes(permission))
    return false;
  if (caller.roles.includes("admin")) return true;
  return caller.memberOf?.side === side && memberGrants(caller.memberOf.role, permission);
}

export function expectedOf({ access, name }: EndpointDefinition, caller: Caller, whose: Whose): Expected {
  if (access === "public") return "in";
  if (caller.token === null) return "unknown";
  if (!mayCall(caller, access)) return "forbidden";
  if (access === "service" || access.endsWith(":any") || whose === null) return "in";
  if (whose === "mine" || whose === "another's") return whose === "mine" ? "in" : "hidden";
  if (sharedWithVendor.has(name) && caller.guestAt === whose) return "in";
  if (ofVendors.includes(access)) return actsFor(caller, whose, access) ? "in" : "hidden";
  if (caller.guestAt === whose) return "in";
  return shownToVendor.has(name) && actsFor(caller, whose, "booking:manage:own") ? "in" : "hidden";
}

/** Codes of a refusal for what the object is rather than for who calls. */
function isOwnRefusal({ problems }: EndpointDefinition, { code }: Answered): boolean {
  return code !== undefined && code !== "catalog/role-insufficient" && (problems ?? []).includes(code);
}

function wasLetIn(endpoint: EndpointDefinition, answered: Answered, whose: Whose): boolean {
  const { status, code } = answered;
  if (status < 400) return true;
  if (status >= 500 || code === undefined || code === "route/not-found") return false;
  // Nothing that is filled in is missing where the object is the caller's.
  if (status === 404 && whose !== null) return false;
  return isOwnRefusal(endpoint, answered);
}

/** What is said of the outer object to a stranger; that an inner one is missing would say that the outer one is there. */
const outerMissing: ReadonlySet<string> = new Set(["catalog/vendor-not-found", "booking/resource-not-found"]);

const isNested = ({ path }: EndpointDefinition) => path.indexOf("{") !== path.lastIndexOf("{");

/** Is this how the caller should be answered? */
export function isAsExpected(
  endpoint: EndpointDefinition,
  { expected, whose }: { readonly expected: Expected; readonly whose: Whose },
  answered: Answered,
): boolean {
  const { status, code } = answered;
  switch (expected) {
    case "in":
      return wasLetIn(endpoint, answered, whose);
    case "unknown":
      return status === 401 && code === "auth/token-missing";
    case "forbidden":
      return status === 403 && code === "auth/forbidden";
    case "hidden":
      // A member whose role does not allow it knows that the object is there, and may be told so.
      if (code === "catalog/role-insufficient") return true;
      return (
        status === 404 && (isNested(endpoint) ? outerMissing.has(code ?? "") : code !== "route/not-found")
      );
  }
}
