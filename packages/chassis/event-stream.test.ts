import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { EventSource, StreamControl } from "./endpoint.ts";
import { EventStreams } from "./event-stream.ts";
import { createLogger } from "./log.ts";
import { forbidden, unavailable } from "./problems.ts";

let outgoing: ServerResponse;
let streams: EventStreams;
let control: StreamControl | undefined;
let asked = 0;
/** What the check of the caller says from now on. */
let says: Error | null = null;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
  outgoing = new ServerResponse(new IncomingMessage(new Socket()));
  streams = new EventStreams();
  asked = 0;
  says = null;
});
afterEach(() => {
  streams.endAll();
  vi.useRealTimers();
});

/** Tells numbers, as many as it is asked for. */
const counting: EventSource = async function* (given) {
  control = given;
  for (;;) {
    asked += 1;
    yield { id: String(asked), event: "counted", data: String(asked) };
  }
};

/** Never tells anything. */
const silent: EventSource = async function* ({ signal }) {
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
  yield* [];
};

function open(events: EventSource) {
  const recheck = async () => {
    if (says !== null) throw says;
  };
  const body = streams.open({ events, outgoing, recheck, log: createLogger("test", "silent") });
  return body.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader();
}

test("events are told as the client reads them: nothing is read ahead of it", async () => {
  const reader = open(counting);
  expect((await reader.read()).value).toBe("retry: 2000\n\n");
  expect((await reader.read()).value).toBe("id: 1\nevent: counted\ndata: 1\n\n");
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  expect(asked).toBeLessThan(6);
});

test("a comment is sent after 15 seconds of silence", async () => {
  const reader = open(silent);
  await reader.read();
  const next = reader.read();
  vi.advanceTimersByTime(14_000);
  let isTold = false;
  void next.then(() => (isTold = true));
  await Promise.resolve();
  expect(isTold).toBe(false);
  vi.advanceTimersByTime(1_500);
  expect((await next).value).toBe(": \n\n");
});

test("the stream ends within seconds of its caller's no, and not for an outage", async () => {
  const reader = open(silent);
  await reader.read();
  says = unavailable("auth is away");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(streams.count).toBe(1);
  says = forbidden();
  await vi.advanceTimersByTimeAsync(2_500);
  expect((await reader.read()).done).toBe(true);
  expect(streams.count).toBe(0);
});

test("a client that left ends its stream, whether the source waits or not", () => {
  open(silent);
  expect(streams.count).toBe(1);
  outgoing.emit("close");
  expect(streams.count).toBe(0);
});

test("what does not read is cut off", async () => {
  const reader = open(counting);
  await reader.read();
  control!.cut();
  expect([streams.count, outgoing.destroyed, control!.signal.aborted]).toEqual([0, true, true]);
});

test("a server that drains ends all streams, and those that come after at once", async () => {
  const early = open(silent);
  streams.endAll();
  await early.read();
  expect((await early.read()).done).toBe(true);
  const late = open(silent);
  await late.read();
  expect((await late.read()).done).toBe(true);
  expect(streams.count).toBe(0);
});
