import type { Caller } from "@holdfast/chassis/tokens";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { Id } from "@holdfast/contracts/ids";
import { sql } from "kysely";
import { writeAudit } from "../audit/write-audit.ts";
import type { AuthTables } from "../database.ts";
import type { AuthDependencies } from "../dependencies.ts";
import { apiKeyNotFound } from "../problems.ts";
import { apiKeyView, viewedApiKey } from "./api-key-view.ts";
import type { MadeKey } from "./create-api-key.ts";
import { lockOwner, ownerId } from "./key-owner.ts";
import { isLive } from "./live-keys.ts";
import { newApiKey } from "./new-api-key.ts";

export interface RotateApiKeyCall {
  readonly caller: Caller;
  readonly keyId: Id<"key">;
  readonly previousWorksForHours: number;
}

/**
 * Puts another key in the place of this one, which works for as many hours yet; the one before that stops.
 * @throws apiKeyNotFound, tokenInvalid
 */
export async function rotateApiKey(
  { clock }: Pick<AuthDependencies, "clock">,
  { tx }: UnitOfWork<AuthTables>,
  { caller, keyId, previousWorksForHours }: RotateApiKeyCall,
): Promise<MadeKey> {
  const now = clock.machineNow();
  const worksOn = previousWorksForHours > 0;
  const owner = ownerId(caller);
  const made = newApiKey();
  await lockOwner(tx, owner);
  const row = await tx
    .updateTable("api_keys")
    .set({
      ...made.stored,
      previous_hash: worksOn ? sql`hash` : null,
      previous_works_until: worksOn ? now.add({ hours: previousWorksForHours }).toString() : null,
    })
    .where("id", "=", keyId)
    .where("user_id", "=", owner)
    .where(isLive(now))
    .returning(viewedApiKey)
    .executeTakeFirst();
  if (row === undefined) throw apiKeyNotFound();
  const sessionId = caller.sessionId ?? null;
  await writeAudit(tx, { action: "rotateApiKey", actor: owner, sessionId, targets: [keyId] });
  return { apiKey: apiKeyView(row), key: made.key };
}
