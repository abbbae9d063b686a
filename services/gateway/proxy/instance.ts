/** One instance of a service: its connections, how many calls it may have at once, and whether it answers at all. */
import assert from "node:assert";
import { Pool } from "undici";
import type { Logger } from "@holdfast/chassis/log";
import type { ServiceName } from "@holdfast/contracts/define-endpoint";
import { createCircuitBreaker, type CircuitBreaker } from "./circuit-breaker.ts";

/** Less than the services keep an idle connection, so that none is used in the moment it is closed. */
const idleConnectionMs = 60_000;

const connectTimeoutMs = 2_000;

/** A service that is down is asked twice a second, later every two: whoever waits for a restart waits for this as well. */
const breakerOptions = { failures: 10, openMs: 500, longestOpenMs: 2_000 };

/**
 * How its calls go out. Calls: as many connections as callers that wait for a saga (`Prefer: wait`) may occupy, opened
 * when needed; as many again may wait for one. Streams keep theirs for minutes, so they take none of the calls'.
 * Longest silence in the middle of an answer; a stream's service sends a comment every 15 s.
 */
const laneOptions = {
  calls: { connections: 1_024, most: 2_048, silenceMs: 30_000 },
  streams: { connections: 4_096, most: 4_096, silenceMs: 60_000 },
} as const;
export type LaneName = keyof typeof laneOptions;

/** Longest silences in ms, where a test cannot wait. */
export type Silences = Partial<Record<LaneName, number>>;

/** Connections for one kind of call, and how many calls are out on them. */
export class Lane {
  readonly pool: Pool;
  readonly #most: number;
  #inHand = 0;

  constructor(url: URL, options: { connections: number; most: number; silenceMs: number }) {
    this.#most = options.most;
    this.pool = new Pool(url.origin, {
      connections: options.connections,
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: idleConnectionMs,
      keepAliveMaxTimeout: idleConnectionMs,
      connect: { timeout: connectTimeoutMs, noDelay: true },
      // Each call has a timer of its own, which also covers the wait for a connection.
      headersTimeout: 0,
      bodyTimeout: options.silenceMs,
    });
  }

  get inHand(): number {
    return this.#inHand;
  }

  /** More are turned away, or they would wait in memory without an end. */
  get isFull(): boolean {
    return this.#inHand >= this.#most;
  }

  enter(): void {
    this.#inHand += 1;
  }

  leave(): void {
    this.#inHand -= 1;
    assert(this.#inHand >= 0, "more calls left than came");
  }
}

export interface Instance extends AsyncDisposable {
  readonly url: URL;
  readonly lanes: Readonly<Record<LaneName, Lane>>;
  readonly breaker: CircuitBreaker;
  /** A call found nobody, or waited in vain. */
  failed(error: Error): void;
}

/** Opens nothing yet: connections are made when calls need them. */
export function createInstance(
  service: ServiceName,
  address: string,
  log: Logger,
  silences: Silences = {},
): Instance {
  const url = new URL(address);
  const openLane = (name: LaneName) =>
    new Lane(url, { ...laneOptions[name], silenceMs: silences[name] ?? laneOptions[name].silenceMs });
  const lanes = { calls: openLane("calls"), streams: openLane("streams") };
  const breaker = createCircuitBreaker(breakerOptions);
  return {
    url,
    lanes,
    breaker,
    failed: (error) => {
      const before = breaker.state;
      breaker.failed(performance.now());
      // Told once, not for every call that is turned away or every probe that fails.
      if (before === "closed" && breaker.state === "open")
        log.warn({ err: error, service, address: url.host }, "the service does not answer");
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(Object.values(lanes).map(({ pool }) => pool.destroy()));
    },
  };
}
