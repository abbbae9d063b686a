/** One service behind the gateway: its connections, how many calls it may have at once, and whether it answers at all. */
import { Pool } from "undici";
import type { Logger } from "@holdfast/chassis/log";
import type { ServiceName } from "@holdfast/contracts/define-endpoint";
import { createCircuitBreaker, type CircuitBreaker } from "./circuit-breaker.ts";

/** As many as callers that wait for a saga (`Prefer: wait`) may occupy; opened when needed, closed when idle. */
const mostConnections = 1_024;

/** Calls in hand or waiting for a connection; more are turned away, or they would wait in memory without an end. */
const mostCalls = 2_048;

/** Less than the services keep an idle connection, so that none is used in the moment it is closed. */
const idleConnectionMs = 60_000;

const connectTimeoutMs = 2_000;

/** Longest silence in the middle of an answer. */
const silenceMs = 30_000;

/** A service that is down is asked twice a second, later every two: whoever waits for a restart waits for this as well. */
const breakerOptions = { failures: 10, openMs: 500, longestOpenMs: 2_000 };

export interface Upstream extends AsyncDisposable {
  readonly service: ServiceName;
  readonly url: URL;
  readonly pool: Pool;
  readonly breaker: CircuitBreaker;
  readonly calls: number;
  /** Counts a call in, if there is room; `leave` counts it out. */
  enter(): boolean;
  leave(): void;
  /** A call found nobody, or waited in vain. */
  failed(error: Error): void;
}

/** Opens nothing yet: connections are made when calls need them. */
export function createUpstream(service: ServiceName, address: string, log: Logger): Upstream {
  const url = new URL(address);
  const pool = new Pool(url.origin, {
    connections: mostConnections,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: idleConnectionMs,
    keepAliveMaxTimeout: idleConnectionMs,
    connect: { timeout: connectTimeoutMs, noDelay: true },
    // Each call has a timer of its own, which also covers the wait for a connection.
    headersTimeout: 0,
    bodyTimeout: silenceMs,
  });
  const circuit = createCircuitBreaker(breakerOptions);
  let calls = 0;
  return {
    service,
    url,
    pool,
    breaker: circuit,
    failed: (error) => {
      const before = circuit.state;
      circuit.failed(performance.now());
      // Told once, not for every call that is turned away or every probe that fails.
      if (before === "closed" && circuit.state === "open")
        log.warn({ err: error, service }, "the service does not answer");
    },
    get calls() {
      return calls;
    },
    enter: () => {
      if (calls >= mostCalls) return false;
      calls += 1;
      return true;
    },
    leave: () => {
      calls -= 1;
    },
    [Symbol.asyncDispose]: () => pool.destroy(),
  };
}
