import type { Id } from "@holdfast/contracts/ids";
import type { Transaction } from "kysely";
import type { AuthTables } from "../database.ts";
import type { Client } from "./client.ts";

export interface Rotation {
  readonly sessionId: Id<"ses">;
  readonly hash: Buffer;
  readonly salt: Buffer;
  readonly nextHash: Buffer;
  /** Machine time. */
  readonly now: Temporal.Instant;
  readonly idleExpiresAt: Temporal.Instant;
  readonly client: Client;
}

/** Uses the token up and writes its successor; the session is where it was used last. Under `lockFamily`. */
export async function rotate(
  tx: Transaction<AuthTables>,
  { sessionId, hash, salt, nextHash, now, idleExpiresAt, client }: Rotation,
): Promise<void> {
  await tx
    .updateTable("refresh_tokens")
    .set({ used_at: now.toString(), successor_salt: salt })
    .where("hash", "=", hash)
    .execute();
  await tx
    .insertInto("refresh_tokens")
    .values({ hash: nextHash, session_id: sessionId, used_at: null, successor_salt: null })
    .execute();
  await tx
    .updateTable("sessions")
    .set({ idle_expires_at: idleExpiresAt.toString(), last_used_at: now.toString(), ...client })
    .where("id", "=", sessionId)
    .execute();
}
