/** An open load: requests leave on time whether or not earlier ones were answered, and are measured from then. */
import { Pool } from "undici";
import { summarise, type LoadRequest, type LoadResult } from "./load.ts";

export interface OpenLoadOptions {
  readonly url: string;
  readonly perSecond: number;
  readonly seconds: number;
  readonly request: (index: number) => LoadRequest;
  /** What is wrong with an answer; undefined where it is right. */
  readonly complain: (status: number, body: Buffer) => string | undefined;
}

/** More than a server that keeps up ever has in hand; what waits for a connection is late, and counted so. */
const connections = 64;
/** A server that is so far behind has failed. */
const inHandMax = 2000;

/** Sends the load and measures each request from when it was due to the last byte of its answer. */
export async function runOpenLoad(options: OpenLoadOptions): Promise<LoadResult> {
  const pool = new Pool(options.url, { connections, pipelining: 1 });
  const latencies: number[] = [];
  let failed = 0;
  let sampleFailure: string | null = null;
  const begin = performance.now();
  const send = async (index: number, dueAt: number) => {
    const complaint = await answerTo(pool, options, index);
    latencies.push(performance.now() - dueAt);
    if (complaint === undefined) return;
    failed++;
    sampleFailure ??= complaint;
  };
  const sent = new Set<Promise<void>>();
  const total = options.perSecond * options.seconds;
  for (let index = 0; index < total && sent.size < inHandMax; index++) {
    const dueAt = begin + (index * 1000) / options.perSecond;
    const waitMs = dueAt - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    const one = send(index, dueAt).finally(() => sent.delete(one));
    sent.add(one);
  }
  await Promise.all(sent);
  const seconds = (performance.now() - begin) / 1000;
  await pool.close();
  return summarise(latencies, { failed, sampleFailure, seconds });
}

async function answerTo(
  pool: Pool,
  { request, complain }: OpenLoadOptions,
  index: number,
): Promise<string | undefined> {
  const { method, path, headers, body } = request(index);
  try {
    const response = await pool.request({ method, path, headers, ...(body === undefined ? {} : { body }) });
    return complain(response.statusCode, Buffer.from(await response.body.arrayBuffer()));
  } catch (error) {
    return String(error);
  }
}
