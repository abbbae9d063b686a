/** A key as its owner sees it. */
import type { ApiKeyView } from "@holdfast/contracts/api/api-keys";
import type { Selectable } from "kysely";
import type { ApiKeyTable } from "../database.ts";

/** What a view is made of. */
export const viewedApiKey = [
  "id",
  "name",
  "prefix",
  "scopes",
  "created_at",
  "expires_at",
  "last_used_at",
  "previous_works_until",
] as const;
export type ViewedApiKey = Pick<Selectable<ApiKeyTable>, (typeof viewedApiKey)[number]>;

export function apiKeyView(row: ViewedApiKey): ApiKeyView {
  return {
    keyId: row.id,
    name: row.name,
    prefix: row.prefix,
    scopes: row.scopes,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
    previousWorksUntil: row.previous_works_until,
  };
}
