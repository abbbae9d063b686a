import type { Caller } from "@holdfast/chassis/tokens";
import type { ApiKeyView } from "@holdfast/contracts/api/api-keys";
import type { AuthDependencies } from "../dependencies.ts";
import { apiKeyView, viewedApiKey } from "./api-key-view.ts";
import { mostLiveKeys } from "./create-api-key.ts";
import { ownerId } from "./key-owner.ts";
import { isLive } from "./live-keys.ts";

/** The caller's keys that work, newest first. */
export async function listApiKeys(
  { db, clock }: Pick<AuthDependencies, "db" | "clock">,
  caller: Caller,
): Promise<ApiKeyView[]> {
  const rows = await db
    .selectFrom("api_keys")
    .select(viewedApiKey)
    .where("user_id", "=", ownerId(caller))
    .where(isLive(clock.machineNow()))
    .orderBy("id", "desc")
    .limit(mostLiveKeys)
    .execute();
  return rows.map(apiKeyView);
}
