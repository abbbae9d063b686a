/** Roles, permissions, and which role grants which: the one table that checks, documents and tests are made from. */

export const roles = ["customer", "vendor", "admin", "service"] as const;
export type Role = (typeof roles)[number];

/** `noun:verb:scope`; scope `own` is checked by the use case against the object, `any` is not. */
const permissionsByRole = {
  customer: [
    "session:manage:own",
    "profile:read:own",
    "booking:create:own",
    "booking:read:own",
    "booking:cancel:own",
    "payment:read:own",
  ],
  vendor: [
    "session:manage:own",
    "profile:read:own",
    "vendor:write:own",
    "resource:write:own",
    "booking:create:own",
    "booking:read:own",
    "booking:cancel:own",
    "booking:manage:own",
    "payment:read:own",
  ],
  admin: [
    "session:manage:own",
    "profile:read:own",
    "vendor:write:own",
    "vendor:verify:any",
    "resource:write:own",
    "booking:create:own",
    "booking:read:own",
    "booking:cancel:own",
    "booking:manage:own",
    "booking:read:any",
    "payment:read:own",
    "operations:read:any",
    "operations:repair:any",
  ],
  service: [],
} as const satisfies Record<Role, readonly string[]>;

export type Permission = (typeof permissionsByRole)[Role][number];

const granted: Readonly<Record<Role, ReadonlySet<string>>> = {
  customer: new Set(permissionsByRole.customer),
  vendor: new Set(permissionsByRole.vendor),
  admin: new Set(permissionsByRole.admin),
  service: new Set(permissionsByRole.service),
};

/** Does any of these roles grant that permission? */
export function grants(held: readonly Role[], permission: Permission): boolean {
  return held.some((role) => granted[role].has(permission));
}
