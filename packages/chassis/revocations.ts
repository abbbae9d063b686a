/**
 * Which access tokens work no longer although they have not expired. Two ways lead here, and either is enough: the list
 * that auth keeps in Redis, read each second, and auth's events, heard as they are published. With neither, a token works
 * until it expires, minutes later.
 */
import {
  apiKeyRevoked,
  sessionEnded,
  userRolesChanged,
  userStatusChanged,
} from "@holdfast/contracts/events/auth";
import type { EventDefinition } from "@holdfast/contracts/define-event";
import { id } from "@holdfast/contracts/ids";
import { z } from "zod";
import type { Bus } from "./bus.ts";
import { timeOfId } from "./id-age.ts";
import type { Logger } from "./log.ts";
import type { RedisClient } from "./redis.ts";
import {
  createRevocationReader,
  mostRevocations,
  type Revocation,
  revocationKeptMs,
} from "./revocation-list.ts";
import { every } from "./sweep.ts";
import type { Caller } from "./tokens.ts";

export interface Revocations {
  /** Was the token that this caller came with revoked? */
  isRevoked(caller: Caller): boolean;
}

export interface WatchRevocationsOptions {
  readonly redis: RedisClient;
  /** Where the process is on the bus. */
  readonly bus?: Bus | undefined;
  readonly log: Logger;
}

const pollIntervalMs = 1_000;

/** Watches until it is disposed of; never rejects, and waits for neither Redis nor NATS. */
export function watchRevocations({
  redis,
  bus,
  log,
}: WatchRevocationsOptions): Revocations & AsyncDisposable {
  const known = new KnownRevocations(log);
  const reader = createRevocationReader(redis);
  const poll = every({
    name: "revocations",
    intervalMs: pollIntervalMs,
    log,
    work: async () => {
      for (const revocation of await reader.readChanged()) known.add(revocation);
      known.forgetOld();
    },
  });
  // A process that has just started, or been cut off, does not wait for its turn.
  const readNow = () => void poll.runNow().catch((error: unknown) => log.warn({ err: error }, "revocations"));
  redis.commands.on("ready", readNow);
  if (redis.up) readNow();
  const stopListening = bus === undefined ? undefined : listen(bus, known, log);
  return {
    isRevoked: (caller) => known.includes(caller),
    [Symbol.asyncDispose]: async () => {
      redis.commands.off("ready", readNow);
      stopListening?.();
      await poll[Symbol.asyncDispose]();
    },
  };
}

/** Revocations of the last minutes, a bounded number of them. */
class KnownRevocations {
  readonly #log: Logger;
  readonly #at = {
    session: new Map<string, number>(),
    user: new Map<string, number>(),
    key: new Map<string, number>(),
  };
  #isFull = false;

  constructor(log: Logger) {
    this.#log = log;
  }

  includes({ userId, sessionId, apiKey, issuedAtMs }: Caller): boolean {
    if (sessionId !== undefined && this.#at.session.has(sessionId)) return true;
    if (apiKey !== undefined && this.#at.key.has(apiKey.keyId)) return true;
    const refusedUntilMs = this.#at.user.get(userId);
    return refusedUntilMs !== undefined && issuedAtMs <= refusedUntilMs;
  }

  add({ kind, id: of, at }: Revocation): void {
    if (at < Date.now() - revocationKeptMs) return;
    const times = this.#at[kind];
    const before = times.get(of);
    if (before !== undefined && before >= at) return;
    // Deleted first, so that the map stays in the order of what was revoked last.
    times.delete(of);
    times.set(of, at);
    if (times.size > mostRevocations) this.#dropOldest(times);
  }

  forgetOld(): void {
    const least = Date.now() - revocationKeptMs;
    for (const times of Object.values(this.#at)) {
      for (const [of, at] of times) {
        if (at >= least) break;
        times.delete(of);
      }
    }
    this.#isFull = false;
  }

  #dropOldest(times: Map<string, number>): void {
    const [oldest] = times.keys();
    if (oldest !== undefined) times.delete(oldest);
    if (!this.#isFull) {
      this.#log.error(
        { most: mostRevocations },
        "more is revoked than is remembered: the oldest tokens work until they expire",
      );
    }
    this.#isFull = true;
  }
}

const envelope = z.object({ id: id("evt"), data: z.unknown() });

/** An event that revokes, and what. */
interface Source {
  readonly event: EventDefinition;
  readonly read: (data: unknown, announcedAtMs: number) => Revocation;
}

function source<D>(event: EventDefinition<D>, of: (data: D, announcedAtMs: number) => Revocation): Source {
  return { event, read: (data, announcedAtMs) => of(event.data.parse(data), announcedAtMs) };
}

/** The event's own time is business time; its id tells the machine's time at which it was announced. */
const sources: readonly Source[] = [
  source(sessionEnded, ({ sessionId }, at) => ({ kind: "session", id: sessionId, at })),
  source(apiKeyRevoked, ({ keyId }, at) => ({ kind: "key", id: keyId, at })),
  ...[userStatusChanged, userRolesChanged].map((event) =>
    source<{ userId: string; tokensFrom?: string | undefined }>(event, ({ userId, tokensFrom }, at) => ({
      kind: "user",
      id: userId,
      at: tokensFrom === undefined ? at : Temporal.Instant.from(tokensFrom).epochMilliseconds,
    })),
  ),
];

/** Hears auth's events as they are published; what is missed while NATS is away, Redis tells. */
function listen(bus: Bus, known: KnownRevocations, log: Logger): () => void {
  let stop: (() => void) | undefined;
  const subscribe = () => {
    // The client keeps its subscriptions through reconnections.
    if (stop !== undefined) return;
    const subscriptions = sources.map(({ event, read }) =>
      bus.nc.subscribe(event.type, {
        callback: (error, message) => {
          if (error !== null) return log.warn({ err: error }, "revocations cannot be heard from NATS");
          try {
            const { id: eventId, data } = envelope.parse(message.json());
            known.add(read(data, timeOfId(eventId)));
          } catch (failure) {
            log.warn({ err: failure, type: event.type }, "an event that revokes could not be read");
          }
        },
      }),
    );
    stop = () => {
      for (const subscription of subscriptions) if (!subscription.isClosed()) subscription.unsubscribe();
    };
  };
  const stopListening = bus.onConnect(subscribe);
  return () => {
    stopListening();
    stop?.();
  };
}
