import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { expect, test, vi } from "vitest";
import { routeOf, startDoor } from "../testing/start-door.ts";
import { startUpstream } from "../testing/recording-upstream.ts";

async function open() {
  const stack = new AsyncDisposableStack();
  const upstream = stack.use(await startUpstream());
  const routes = [routeOf({ path: "/read" }), routeOf({ method: "POST", path: "/write" })];
  const door = stack.use(await startDoor({ upstreamUrl: upstream.url, routes }));
  return { upstream, door, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

test("sends a read once more when its connection dies before the answer", async () => {
  await using at = await open();
  at.upstream.reply((incoming, outgoing) => {
    if (at.upstream.received.length === 1) incoming.socket.destroy();
    else outgoing.end("second");
  });
  const answered = await fetch(`${at.door.url}/read`);
  expect([answered.status, await answered.text()]).toEqual([200, "second"]);
  expect(at.upstream.received).toHaveLength(2);
});

test("sends a read no more than twice", async () => {
  await using at = await open();
  at.upstream.reply((incoming) => void incoming.socket.destroy());
  const answered = await fetch(`${at.door.url}/read`);
  expect(answered.status).toBe(503);
  expect(await answered.json()).toMatchObject({ code: "service/unavailable" });
  expect(answered.headers.get("retry-after")).toBe("1");
  expect(at.upstream.received).toHaveLength(2);
});

test("never sends a write twice, and says that its outcome is unknown", async () => {
  await using at = await open();
  at.upstream.reply((incoming) => void incoming.socket.destroy());
  const answered = await fetch(`${at.door.url}/write`, { method: "POST", body: "{}" });
  expect(answered.status).toBe(502);
  expect(await answered.json()).toMatchObject({ code: "service/answer-lost" });
  expect(at.upstream.received).toHaveLength(1);
});

test("does not repeat a read whose answer had begun", async () => {
  await using at = await open();
  at.upstream.reply((incoming, outgoing) => {
    outgoing.writeHead(200, { "content-length": 10 }).write("half");
    setImmediate(() => incoming.socket.destroy());
  });
  await expect(fetch(`${at.door.url}/read`).then((answered) => answered.text())).rejects.toThrow(
    "terminated",
  );
  expect(at.upstream.received).toHaveLength(1);
});

test("passes a service's own refusal on instead of asking again", async () => {
  await using at = await open();
  at.upstream.reply((_, outgoing) => void outgoing.writeHead(503, { "retry-after": "7" }).end("{}"));
  const answered = await fetch(`${at.door.url}/read`);
  expect([answered.status, answered.headers.get("retry-after")]).toEqual([503, "7"]);
  expect(at.upstream.received).toHaveLength(1);
});

test("a service that is down is 503 with Retry-After at once, and is found again when it is back", async () => {
  await using at = await open();
  expect((await fetch(`${at.door.url}/read`)).status).toBe(200);
  await at.upstream.stop();
  for (let i = 0; i < 12; i += 1) {
    const answered = await fetch(`${at.door.url}/write`, { method: "POST", body: "{}" });
    expect(answered.status).toBe(503);
    expect(answered.headers.get("retry-after")).toBe("1");
    await answered.arrayBuffer();
  }
  expect(at.door.instance.breaker.state).toBe("open");
  await at.upstream.restart();
  await vi.waitFor(async () => expect((await fetch(`${at.door.url}/read`)).status).toBe(200), {
    timeout: 8_000,
    interval: 50,
  });
  expect(at.door.instance.breaker.state).toBe("closed");
});

test("does not ask a service at all that has just failed again and again", async () => {
  await using at = await open();
  at.upstream.reply((incoming) => void incoming.socket.destroy());
  for (let i = 0; i < 10; i += 1)
    await (await fetch(`${at.door.url}/write`, { method: "POST" })).arrayBuffer();
  const asked = at.upstream.received.length;
  const answered = await fetch(`${at.door.url}/write`, { method: "POST" });
  expect(answered.status).toBe(503);
  expect(at.upstream.received).toHaveLength(asked);
});

test("survives a body that turns out too large after its call was refused", async () => {
  await using at = await open();
  at.upstream.reply((incoming) => void incoming.socket.destroy());
  for (let i = 0; i < 10; i += 1)
    await (await fetch(`${at.door.url}/write`, { method: "POST" })).arrayBuffer();
  expect(at.door.instance.breaker.state).toBe("open");
  const call = httpRequest(`${at.door.url}/write`, { method: "POST" });
  call.on("error", () => {});
  call.write("x".repeat(100_000));
  const [answered] = (await once(call, "response")) as [IncomingMessage];
  expect(answered.statusCode).toBe(503);
  answered.resume();
  call.destroy();
  expect((await fetch(`${at.door.url}/livez`)).status).toBe(200);
});
