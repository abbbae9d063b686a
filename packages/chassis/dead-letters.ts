/** Events that a consumer could not take into account: kept whole, listed for operators, replayed at their word. */
import { hash } from "node:crypto";
import type { Envelope } from "@holdfast/contracts/define-event";
import { type Kysely, type Transaction, sql } from "kysely";
import { type ConsumerDefinition, consumerName } from "./consumer.ts";
import type { ChassisTables } from "./database.ts";
import { claimEvents } from "./inbox.ts";
import { Problem, defineProblem } from "./problem.ts";
import { InvalidEvent, type Received, toReceived } from "./received.ts";
import type { UnitOfWork } from "./unit-of-work.ts";

/** `refused`: the handler answered with a Problem, or the message is no such event. `exhausted`: it failed too often. */
export type DeadLetterKind = "refused" | "exhausted";

export interface DeadLetter {
  /** Starts with the event's id, so letters sort by their events' age. */
  readonly id: string;
  readonly consumer: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly envelope: unknown;
  readonly kind: DeadLetterKind;
  readonly error: string;
  readonly deliveries: number;
  readonly createdAt: string;
  readonly replayedAt: string | null;
}

export interface DeadLetterRecord {
  readonly consumer: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly envelope: unknown;
  readonly kind: DeadLetterKind;
  readonly error: unknown;
  readonly deliveries: number;
}

const deadLetterNotFound = defineProblem(
  "operations/dead-letter-not-found",
  404,
  "There is no such dead letter.",
);
const deadLetterReplayed = defineProblem(
  "operations/dead-letter-replayed",
  409,
  "The dead letter was replayed before.",
);
const deadLetterNotReplayable = defineProblem(
  "operations/dead-letter-not-replayable",
  409,
  "The dead letter holds no event that this service consumes.",
);

const errorCharactersMax = 2_000;
const consumerDigits = 8;
const pageMax = 200;

function describe(error: unknown): string {
  const text =
    error instanceof Problem
      ? `${error.code}: ${error.message}`
      : error instanceof Error
        ? `${error.name}: ${error.message}`
        : String(error);
  return text.slice(0, errorCharactersMax);
}

/** One letter for each consumer and event, however often it fails. */
function deadLetterId(consumer: string, eventId: string): string {
  return `${eventId}-${hash("sha256", consumer).slice(0, consumerDigits)}`;
}

/** Writes the letter, or over the one that this event left before. */
export async function recordDeadLetter<DB extends ChassisTables>(
  tx: Transaction<DB>,
  letter: DeadLetterRecord,
): Promise<void> {
  const { consumer, eventId, eventType, kind, deliveries } = letter;
  const envelope = JSON.stringify(letter.envelope);
  const error = describe(letter.error);
  await sql`insert into dead_letters (id, consumer, event_id, event_type, envelope, kind, error, deliveries)
    values (${deadLetterId(consumer, eventId)}, ${consumer}, ${eventId}, ${eventType}, ${envelope}::json, ${kind}, ${error}, ${deliveries})
    on conflict (id) do update set kind = excluded.kind, error = excluded.error, deliveries = excluded.deliveries,
      created_at = excluded.created_at, replayed_at = null`.execute(tx);
}

export interface DeadLetterPage {
  /** At most so many, 200 in any case. */
  readonly limit: number;
  /** The last id of the page before. */
  readonly after?: string | undefined;
}

/** Letters in the order of their ids: the oldest event first. */
export async function listDeadLetters<DB extends ChassisTables>(
  db: Kysely<DB>,
  { limit, after }: DeadLetterPage,
): Promise<DeadLetter[]> {
  const result =
    await sql<DeadLetter>`select id, consumer, event_id as "eventId", event_type as "eventType", envelope,
      kind, error, deliveries, created_at as "createdAt", replayed_at as "replayedAt"
    from dead_letters where id > ${after ?? ""} order by id limit ${Math.min(limit, pageMax)}`.execute(db);
  return result.rows;
}

export interface ReplayOptions<DB> {
  readonly name: string;
  readonly definitions: readonly ConsumerDefinition<DB>[];
}

/**
 * Gives the event to its consumer again, in one transaction with the mark that it was replayed. An event that has had
 * its effect meanwhile is only marked. Throws the problems above, or what the handler throws.
 */
export async function replayDeadLetter<DB extends ChassisTables>(
  options: ReplayOptions<DB>,
  unit: UnitOfWork<DB>,
  id: string,
): Promise<void> {
  const found = await sql<{
    consumer: string;
    envelope: Envelope;
    deliveries: number;
    replayedAt: string | null;
  }>`
    select consumer, envelope, deliveries, replayed_at as "replayedAt" from dead_letters where id = ${id} for update`.execute(
    unit.tx,
  );
  const letter = found.rows[0];
  if (!letter) throw deadLetterNotFound();
  if (letter.replayedAt !== null) throw deadLetterReplayed();
  const definition = options.definitions.find((each) => consumerName(options.name, each) === letter.consumer);
  if (!definition) throw deadLetterNotReplayable();
  const received = readAgain(definition, letter.envelope, letter.deliveries + 1);
  const fresh = await claimEvents(unit.tx, letter.consumer, [received.id]);
  if (fresh.has(received.id)) await definition.handle(unit, [received]);
  await sql`update dead_letters set replayed_at = now() where id = ${id}`.execute(unit.tx);
}

function readAgain<DB>(definition: ConsumerDefinition<DB>, envelope: Envelope, deliveries: number): Received {
  try {
    return toReceived(definition.event, envelope, deliveries);
  } catch (error) {
    if (error instanceof InvalidEvent) throw deadLetterNotReplayable(error.message);
    throw error;
  }
}
