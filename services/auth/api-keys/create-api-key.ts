import assert from "node:assert";
import type { Caller } from "@holdfast/chassis/tokens";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import { grants } from "@holdfast/contracts/access";
import type { ApiKeyView, createApiKey as endpoint } from "@holdfast/contracts/api/api-keys";
import { type Id, newId } from "@holdfast/contracts/ids";
import type { Transaction } from "kysely";
import type { z } from "zod";
import { writeAudit } from "../audit/write-audit.ts";
import type { AuthTables } from "../database.ts";
import type { AuthDependencies } from "../dependencies.ts";
import { requestMail } from "../mails/request-mail.ts";
import { expiryPassed, scopeNotHeld, tooManyApiKeys } from "../problems.ts";
import { apiKeyView, viewedApiKey } from "./api-key-view.ts";
import { lockOwner, ownerId } from "./key-owner.ts";
import { isLive } from "./live-keys.ts";
import { newApiKey } from "./new-api-key.ts";

/** Keys of one account that work at the same time. */
export const mostLiveKeys = 25;

export interface CreateApiKeyCall {
  readonly caller: Caller;
  readonly body: z.output<NonNullable<typeof endpoint.body>>;
  readonly traceparent: string;
}

/** A key and, this once, what it is. */
export interface MadeKey {
  readonly apiKey: ApiKeyView;
  readonly key: string;
}

/**
 * Makes a key, and tells the owner by mail.
 * @throws expiryPassed, scopeNotHeld, tooManyApiKeys, tokenInvalid
 */
export async function createApiKey(
  { clock }: Pick<AuthDependencies, "clock">,
  unit: UnitOfWork<AuthTables>,
  { caller, body, traceparent }: CreateApiKeyCall,
): Promise<MadeKey> {
  const now = clock.machineNow();
  const expiresAt = body.expiresAt === undefined ? null : Temporal.Instant.from(body.expiresAt);
  if (expiresAt !== null && Temporal.Instant.compare(expiresAt, now) <= 0) throw expiryPassed();
  const owner = ownerId(caller);
  const made = newApiKey();
  const roles = await lockOwner(unit.tx, owner);
  const beyond = body.scopes.filter((scope) => !grants(roles, scope));
  if (beyond.length > 0) throw scopeNotHeld(`The account does not hold ${beyond.join(", ")}.`);
  await refuseOneTooMany(unit.tx, owner, now);
  const row = await unit.tx
    .insertInto("api_keys")
    .values({
      id: newId("key"),
      user_id: owner,
      name: body.name,
      ...made.stored,
      scopes: body.scopes,
      created_at: now.toString(),
      expires_at: expiresAt?.toString() ?? null,
    })
    .returning(viewedApiKey)
    .executeTakeFirstOrThrow();
  await tell(unit, { owner, caller, keyId: row.id, name: body.name, now: clock.now(), traceparent });
  return { apiKey: apiKeyView(row), key: made.key };
}

async function refuseOneTooMany(
  tx: Transaction<AuthTables>,
  owner: Id<"usr">,
  now: Temporal.Instant,
): Promise<void> {
  const live = await tx
    .selectFrom("api_keys")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .where("user_id", "=", owner)
    .where(isLive(now))
    .executeTakeFirst();
  assert(live !== undefined, "a count has a row");
  if (Number(live.count) >= mostLiveKeys) {
    throw tooManyApiKeys(`${mostLiveKeys} keys work at the same time; revoke one first.`);
  }
}

async function tell(
  unit: UnitOfWork<AuthTables>,
  key: {
    readonly owner: Id<"usr">;
    readonly caller: Caller;
    readonly keyId: Id<"key">;
    readonly name: string;
    readonly now: Temporal.Instant;
    readonly traceparent: string;
  },
): Promise<void> {
  const { owner, caller, keyId, name, now, traceparent } = key;
  await requestMail(unit, { mail: "api-key-created", userId: owner, facts: { name }, now, traceparent });
  await writeAudit(unit.tx, {
    action: "createApiKey",
    actor: owner,
    sessionId: caller.sessionId ?? null,
    targets: [keyId],
  });
}
