/** What an operator does about dead letters over HTTP, the same for every service. */
import { operationsEndpoints } from "@holdfast/contracts/api/operations";
import type { Emitter } from "@holdfast/contracts/define-event";
import type { Kysely } from "kysely";
import type { ConsumerDefinition } from "./consumer.ts";
import type { ChassisTables } from "./database.ts";
import { listDeadLetters, replayDeadLetter } from "./dead-letters.ts";
import { answer, handle, noContent, type Route } from "./endpoint.ts";
import { idempotent } from "./idempotency.ts";
import type { Transact } from "./unit-of-work.ts";

export interface DeadLetterRoutesOptions<DB extends ChassisTables> {
  readonly name: Emitter;
  readonly db: Kysely<DB>;
  readonly transact: Transact<DB>;
  /** Asked at each replay, so that routes may be made before consumers are started. */
  readonly definitions: () => readonly ConsumerDefinition<DB>[];
}

/** The routes that list and replay a service's dead letters. */
export function deadLetterRoutes<DB extends ChassisTables>(options: DeadLetterRoutesOptions<DB>): Route[] {
  const { name, db, transact, definitions } = options;
  const endpoints = operationsEndpoints(name);
  return [
    handle(endpoints.listDeadLetters, async ({ query }) => {
      const letters = await listDeadLetters(db, { limit: query.limit + 1, after: query.after });
      const items = letters.slice(0, query.limit).map((letter) => ({
        deadLetterId: letter.id,
        consumer: letter.consumer,
        eventId: letter.eventId,
        eventType: letter.eventType,
        kind: letter.kind,
        error: letter.error,
        deliveries: letter.deliveries,
        createdAt: letter.createdAt,
        replayedAt: letter.replayedAt,
      }));
      return answer({
        items,
        next: letters.length > query.limit ? (items.at(-1)?.deadLetterId ?? null) : null,
      });
    }),
    handle(endpoints.replayDeadLetter, (call) =>
      idempotent({ transact }, call, async (unit) => {
        await replayDeadLetter({ name, definitions: definitions() }, unit, call.params.deadLetterId);
        return noContent();
      }),
    ),
  ];
}
