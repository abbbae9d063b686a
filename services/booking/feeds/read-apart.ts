/**
 * Reads a calendar file in a thread of its own. What others write can be made to cost: a mebibyte to parse, rules that
 * never come to an occurrence. There it holds up no request, and ends when its time or memory does.
 */
import { Worker } from "node:worker_threads";
import type { BusyTimes, ReadingFor, readBusyTimes } from "./read-busy-times.ts";

const heapMaxMb = 128;

/** As `readBusyTimes`; `too-complex` where it takes longer than `timeoutMs` or more memory than it may have. */
export async function readBusyTimesApart(
  text: string,
  of: ReadingFor,
  { timeoutMs }: { readonly timeoutMs: number },
): Promise<BusyTimes | "not-a-calendar" | "too-many-events" | "too-complex"> {
  const worker = new Worker(new URL("./busy-times-worker.ts", import.meta.url), {
    workerData: { text, of },
    resourceLimits: { maxOldGenerationSizeMb: heapMaxMb },
    // Nothing of the process' secrets or its debugger's options concerns it.
    env: {},
    execArgv: [],
  });
  const { promise, resolve, reject } = Promise.withResolvers<
    ReturnType<typeof readBusyTimes> | "too-complex"
  >();
  const timer = setTimeout(resolve, timeoutMs, "too-complex");
  worker.once("message", resolve);
  worker.once("error", (error: NodeJS.ErrnoException) =>
    error.code === "ERR_WORKER_OUT_OF_MEMORY" ? resolve("too-complex") : reject(error),
  );
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}
