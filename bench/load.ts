/** A bounded load: so many clients, each sending its next request when the last one is answered. */
import { Pool } from "undici";

/** One request of a load. */
export interface LoadRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface LoadOptions {
  readonly url: string;
  readonly clients: number;
  /** Requests in all. */
  readonly total: number;
  readonly request: (client: number) => LoadRequest;
  /** Does this answer count as done? Others are counted as failed, with a sample kept. */
  readonly succeeded: (status: number, body: string) => boolean;
  /** Requests a second over all clients at most; unbounded where not said. */
  readonly perSecond?: number;
}

export interface LoadResult {
  readonly done: number;
  readonly failed: number;
  readonly sampleFailure: string | null;
  readonly seconds: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const longestRunMs = 180_000;

/** Runs the load and measures each request from sending to the last byte of its answer. */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const pool = new Pool(options.url, { connections: options.clients, pipelining: 1 });
  const latencies: number[] = [];
  let started = 0;
  let failed = 0;
  let sampleFailure: string | null = null;
  const begin = performance.now();
  const client = async (number: number) => {
    while (started < options.total && performance.now() - begin < longestRunMs) {
      const index = started++;
      if (options.perSecond !== undefined) await dueAt(begin + (index * 1000) / options.perSecond);
      const { method, path, headers, body } = options.request(number);
      const sent = performance.now();
      const response = await pool.request({ method, path, headers, ...(body === undefined ? {} : { body }) });
      const text = await response.body.text();
      latencies.push(performance.now() - sent);
      if (options.succeeded(response.statusCode, text)) continue;
      failed++;
      sampleFailure ??= `${response.statusCode}: ${text.slice(0, 300)}`;
    }
  };
  await Promise.all(Array.from({ length: options.clients }, (_, number) => client(number)));
  const seconds = (performance.now() - begin) / 1000;
  await pool.close();
  return summarise(latencies, { failed, sampleFailure, seconds });
}

async function dueAt(at: number): Promise<void> {
  const waitMs = at - performance.now();
  if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
}

/** Rate and percentiles (nearest rank) of measured latencies. */
export function summarise(
  latencies: readonly number[],
  of: Pick<LoadResult, "failed" | "sampleFailure" | "seconds">,
): LoadResult {
  const sorted = latencies.toSorted((a, b) => a - b);
  const rank = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0;
  const done = latencies.length - of.failed;
  return { ...of, done, perSecond: done / of.seconds, p50Ms: rank(0.5), p99Ms: rank(0.99) };
}
