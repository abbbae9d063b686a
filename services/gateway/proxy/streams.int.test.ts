import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { expect, test, vi } from "vitest";
import { routeOf, startDoor } from "../testing/start-door.ts";
import { startUpstream } from "../testing/recording-upstream.ts";

const routes = [
  routeOf({ path: "/stream", stream: true, timeoutMs: 300 }),
  routeOf({ path: "/read" }),
  routeOf({ path: "/poll", timeoutMs: 35_000 }),
];

async function open(silences?: { calls?: number; streams?: number }) {
  const stack = new AsyncDisposableStack();
  const upstream = stack.use(await startUpstream());
  const door = stack.use(
    await startDoor({ upstreamUrl: upstream.url, routes, ...(silences && { silences }) }),
  );
  return { upstream, door, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** Opens a stream; `next` gives what came since. */
async function listen(url: string) {
  const call = httpRequest(url).end();
  const [answered] = (await once(call, "response")) as [IncomingMessage];
  let text = "";
  answered.setEncoding("utf8");
  answered.on("data", (chunk: string) => {
    text += chunk;
  });
  const ended = Promise.withResolvers<"ended" | "cut off">();
  answered.once("end", () => ended.resolve("ended"));
  answered.once("error", () => ended.resolve("cut off"));
  const next = (wanted: string) => vi.waitFor(() => expect(text).toBe(wanted), { interval: 5 });
  return { answered, next, ended: ended.promise, leave: () => call.destroy() };
}

test("a stream is open before it has anything to say, and each event passes when it happens", async () => {
  await using at = await open();
  const write = Promise.withResolvers<(text: string) => void>();
  at.upstream.reply((_, outgoing) => {
    outgoing.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
    write.resolve((text) => void outgoing.write(text));
  });
  const stream = await listen(`${at.door.url}/stream`);
  expect(stream.answered.headers).toMatchObject({
    "content-type": "text/event-stream",
    "cache-control": "no-store",
  });
  const say = await write.promise;
  say("data: 1\n\n");
  await stream.next("data: 1\n\n");
  say("data: 2\n\n");
  await stream.next("data: 1\n\ndata: 2\n\n");
  stream.leave();
  await vi.waitFor(() => expect(at.upstream.received[0]!.aborted).toBe(true));
});

test("a stream's silence has a longer bound than that of other answers, and a bound", async () => {
  await using at = await open({ calls: 80, streams: 400 });
  at.upstream.reply((_, outgoing) => void outgoing.writeHead(200).write("some"));
  const startedAt = performance.now();
  const read = await listen(`${at.door.url}/read`);
  const stream = await listen(`${at.door.url}/stream`);
  expect(await read.ended).toBe("cut off");
  const readMs = performance.now() - startedAt;
  expect(await stream.ended).toBe("cut off");
  expect(performance.now() - startedAt).toBeGreaterThan(Math.max(399, readMs));
  expect(at.door.instance.breaker.state).toBe("closed");
});

test("when the gateway stops, streams end at once, and answers in hand are waited for", async () => {
  await using at = await open();
  const held = Promise.withResolvers<void>();
  at.upstream.reply((incoming, outgoing) => {
    if (incoming.url === "/stream") outgoing.writeHead(200).write("data: 1\n\n");
    else void held.promise.then(() => outgoing.end("polled"));
  });
  const streams = await Promise.all([1, 2, 3].map(() => listen(`${at.door.url}/stream`)));
  const poll = fetch(`${at.door.url}/poll`);
  await vi.waitFor(() => expect(at.upstream.received).toHaveLength(4));
  const startedAt = performance.now();
  let isDrained = false;
  const drained = at.door.drain().then(() => {
    isDrained = true;
  });
  expect(await Promise.all(streams.map(({ ended }) => ended))).toEqual(["ended", "ended", "ended"]);
  expect(performance.now() - startedAt).toBeLessThan(1_000);
  expect(isDrained).toBe(false);
  await vi.waitFor(() => expect(at.upstream.received.filter(({ aborted }) => aborted)).toHaveLength(3));
  held.resolve();
  expect(await (await poll).text()).toBe("polled");
  await drained;
  expect(at.door.instance.breaker.state).toBe("closed");
});

test("a stream that is asked for and not yet there when the gateway stops is sent elsewhere", async () => {
  await using at = await open();
  at.upstream.reply(() => {});
  const asked = fetch(`${at.door.url}/stream`);
  await vi.waitFor(() => expect(at.upstream.received).toHaveLength(1));
  const drained = at.door.drain();
  const answered = await asked;
  expect([answered.status, answered.headers.get("retry-after")]).toEqual([503, "1"]);
  expect(await answered.json()).toMatchObject({ code: "service/draining" });
  await drained;
});

test("open streams take nothing of what other calls may have in hand", async () => {
  await using at = await open();
  at.upstream.reply((incoming, outgoing) => {
    if (incoming.url === "/stream") outgoing.writeHead(200).write("data: 1\n\n");
    else outgoing.end("{}");
  });
  const { calls, streams } = at.door.instance.lanes;
  while (!streams.isFull) streams.enter();
  expect((await fetch(`${at.door.url}/stream`)).status).toBe(503);
  expect((await fetch(`${at.door.url}/read`)).status).toBe(200);
  expect(calls.inHand).toBe(0);
});

test("a slow first event is not waited for longer than the route allows", async () => {
  await using at = await open();
  at.upstream.reply(() => {});
  expect((await fetch(`${at.door.url}/stream`)).status).toBe(504);
});
