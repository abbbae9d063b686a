/** Roles, permissions, and which role grants which: the one table that checks, documents and tests are made from. */
import type { MemberRole } from "./events/catalog.ts";

/** Roles of an account. What a person may do for one vendor is their role with that vendor: see `memberGrants`. */
export const roles = ["customer", "vendor", "support", "admin", "service"] as const;
export type Role = (typeof roles)[number];

/** What anybody with an account may do with what is their own. */
const ownAccount = [
  "session:manage:own",
  "profile:read:own",
  "profile:write:own",
  "api-key:manage:own",
  "booking:create:own",
  "booking:read:own",
  "booking:cancel:own",
  "payment:read:own",
  "payment-method:manage:own",
  "document:read:own",
] as const;

/** What may be done for a vendor, by its people and their API keys. */
const forVendors = [
  "vendor:read:own",
  "vendor:write:own",
  "vendor:submit:own",
  "vendor:members:own",
  "resource:read:own",
  "resource:write:own",
  "booking:manage:own",
  "payout:read:own",
  "document:read:own",
  "dispute:read:own",
] as const;

/** What may be done for a vendor by its people alone: no key says where its money goes, or gives it away. */
const byVendors = [...forVendors, "payout:manage:own", "refund:create:own"] as const;

/** `noun:verb:scope`; scope `own` is checked by the use case against the object, `any` is not. */
export const permissionsByRole = {
  customer: ownAccount,
  vendor: [...ownAccount, ...byVendors],
  support: [
    ...ownAccount,
    "user:read:any",
    "session:end:any",
    "booking:read:any",
    "dispute:read:any",
    "operations:read:any",
  ],
  admin: [
    ...ownAccount,
    ...byVendors,
    "vendor:verify:any",
    "user:read:any",
    "user:manage:any",
    "session:end:any",
    "booking:read:any",
    "dispute:read:any",
    "audit:read:any",
    "ledger:read:any",
    "commission:manage:any",
    "reconciliation:read:any",
    "reconciliation:run:any",
    "signing-key:manage:any",
    "operations:read:any",
    "operations:repair:any",
  ],
  service: [],
} as const satisfies Record<Role, readonly string[]>;

export type Permission = (typeof permissionsByRole)[Role][number];

/** What each role with a vendor allows there; an administrator may do what an owner may. */
export const permissionsByMemberRole = {
  owner: byVendors,
  manager: [
    "vendor:read:own",
    "vendor:write:own",
    "resource:read:own",
    "resource:write:own",
    "booking:manage:own",
    "payout:read:own",
    "document:read:own",
    "dispute:read:own",
    "refund:create:own",
  ],
  staff: ["vendor:read:own", "resource:read:own", "booking:manage:own", "document:read:own"],
} as const satisfies Record<MemberRole, readonly (typeof byVendors)[number][]>;

/** What may be done for a vendor, by its people. */
export type VendorPermission = (typeof byVendors)[number];

/** What an API key may be allowed: never more than its owner holds, never the account itself. */
export const scopes = [
  "booking:create:own",
  "booking:read:own",
  "booking:cancel:own",
  "payment:read:own",
  ...forVendors,
] as const satisfies readonly Permission[];
export type Scope = (typeof scopes)[number];

const granted: Readonly<Record<Role, ReadonlySet<string>>> = {
  customer: new Set(permissionsByRole.customer),
  vendor: new Set(permissionsByRole.vendor),
  support: new Set(permissionsByRole.support),
  admin: new Set(permissionsByRole.admin),
  service: new Set(permissionsByRole.service),
};

/** Does any of these roles grant that permission? */
export function grants(held: readonly Role[], permission: Permission): boolean {
  return held.some((role) => granted[role].has(permission));
}

/** Does this role with a vendor allow that there? What is not about a vendor, none does. */
export function memberGrants(role: MemberRole, permission: Permission): boolean {
  return (permissionsByMemberRole[role] as readonly string[]).includes(permission);
}
