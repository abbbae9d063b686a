/** What a caller may do at all, before anybody looks at the object. */
import { grants, type Permission } from "@holdfast/contracts/access";
import type { Caller } from "./tokens.ts";

/** Does one of the caller's roles grant it, and, where an API key calls, the key's scopes too? */
export function holds({ roles, apiKey }: Pick<Caller, "roles" | "apiKey">, permission: Permission): boolean {
  if (apiKey !== undefined && !apiKey.scopes.includes(permission)) return false;
  return grants(roles, permission);
}
