/** The thread that reads one calendar file: its parent may end it at any moment. */
import assert from "node:assert";
import { parentPort, workerData } from "node:worker_threads";
import { readBusyTimes, type ReadingFor } from "./read-busy-times.ts";

assert(parentPort, "runs as a thread");
const { text, of } = workerData as { readonly text: string; readonly of: ReadingFor };
parentPort.postMessage(readBusyTimes(text, of));
