/** Tells every process, through Redis, what works no longer: at once, and again each second for a Redis that lost it. */
import type { Logger } from "@holdfast/chassis/log";
import type { RedisClient } from "@holdfast/chassis/redis";
import { mostRevocations, revocationKeptMs, writeRevocations } from "@holdfast/chassis/revocation-list";
import { every } from "@holdfast/chassis/sweep";
import type { Transact, UnitOfWork } from "@holdfast/chassis/unit-of-work";
import {
  apiKeyRevoked,
  sessionEnded,
  userErased,
  userRolesChanged,
  userStatusChanged,
} from "@holdfast/contracts/events/auth";
import type { AuthTables } from "../database.ts";
import type { AuthDependencies } from "../dependencies.ts";

const intervalMs = 1_000;

export interface RevocationPublisher extends AsyncDisposable {
  /** Publishes what is committed; what cannot be published now is published within a second. */
  publishSoon(): void;
}

/** Starts publishing, on every replica: each is enough, and what is there already is not written again. */
export function publishRevocations({
  db,
  clock,
  redis,
  log,
}: Pick<AuthDependencies, "db" | "clock"> & {
  readonly redis: RedisClient;
  readonly log: Logger;
}): RevocationPublisher {
  const publish = async () => {
    if (!redis.up) return;
    const since = clock.machineNow().subtract({ milliseconds: revocationKeptMs }).toString();
    const rows = await db
      .selectFrom("revocations")
      .selectAll()
      .where("revoked_at", ">", since)
      .orderBy("revoked_at", "desc")
      .limit(mostRevocations)
      .execute();
    await writeRevocations(
      redis,
      rows.map(({ kind, id, revoked_at }) => ({
        kind,
        id,
        at: Temporal.Instant.from(revoked_at).epochMilliseconds,
      })),
    );
  };
  const publishing = every({ name: "publish-revocations", intervalMs, work: publish, log });
  let isAsked = false;
  return {
    publishSoon: () => {
      // One that has been asked for and has not begun tells of this one too.
      if (isAsked) return;
      isAsked = true;
      setImmediate(() => {
        isAsked = false;
        publishing.runNow().catch((error: unknown) => {
          log.warn({ err: error }, "revocations were not published; they will be within a second");
        });
      });
    },
    [Symbol.asyncDispose]: () => publishing[Symbol.asyncDispose](),
  };
}

/** Events of transactions that revoke something. */
const revoking: ReadonlySet<string> = new Set(
  [sessionEnded, userStatusChanged, userRolesChanged, userErased, apiKeyRevoked].map(({ type }) => type),
);

/** The transactor of whoever may revoke: a transaction that announces such a thing is followed by publishing. */
export function publishingRevocations(
  transact: Transact<AuthTables>,
  publisher: Pick<RevocationPublisher, "publishSoon">,
): Transact<AuthTables> {
  return (work) =>
    transact((unit) => {
      let isAsked = false;
      const watched: UnitOfWork<AuthTables> = {
        tx: unit.tx,
        afterCommit: (action) => unit.afterCommit(action),
        announce: (event, about) => {
          if (!isAsked && revoking.has(event.type)) {
            isAsked = true;
            unit.afterCommit(() => publisher.publishSoon());
          }
          unit.announce(event, about);
        },
      };
      return work(watched);
    });
}
