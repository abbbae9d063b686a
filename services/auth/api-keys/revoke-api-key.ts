import type { Caller } from "@holdfast/chassis/tokens";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import { apiKeyRevoked } from "@holdfast/contracts/events/auth";
import type { Id } from "@holdfast/contracts/ids";
import { writeAudit } from "../audit/write-audit.ts";
import type { AuthTables } from "../database.ts";
import type { AuthDependencies } from "../dependencies.ts";
import { apiKeyNotFound } from "../problems.ts";
import { ownerId } from "./key-owner.ts";

/** A key's versions: 1 when it was made, 2 when it was revoked. */
const revokedVersion = 2;

export interface RevokeApiKeyCall {
  readonly caller: Caller;
  readonly keyId: Id<"key">;
  readonly traceparent: string;
}

/**
 * Ends the key for ever, and the tokens made from it wherever they are checked.
 * @throws apiKeyNotFound, also where it was revoked before or is somebody else's
 */
export async function revokeApiKey(
  { clock }: Pick<AuthDependencies, "clock">,
  unit: UnitOfWork<AuthTables>,
  { caller, keyId, traceparent }: RevokeApiKeyCall,
): Promise<void> {
  const owner = ownerId(caller);
  const revokedAt = clock.machineNow().toString();
  const revoked = await unit.tx
    .updateTable("api_keys")
    .set({ revoked_at: revokedAt })
    .where("id", "=", keyId)
    .where("user_id", "=", owner)
    .where("revoked_at", "is", null)
    .returning("id")
    .executeTakeFirst();
  if (revoked === undefined) throw apiKeyNotFound();
  await unit.tx.insertInto("revocations").values({ id: keyId, kind: "key", revoked_at: revokedAt }).execute();
  unit.announce(apiKeyRevoked, {
    subject: keyId,
    version: revokedVersion,
    data: { keyId, userId: owner },
    traceparent,
    time: clock.now(),
  });
  const sessionId = caller.sessionId ?? null;
  await writeAudit(unit.tx, { action: "revokeApiKey", actor: owner, sessionId, targets: [keyId] });
}
