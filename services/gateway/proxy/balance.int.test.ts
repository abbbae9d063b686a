import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test, vi } from "vitest";
import { routeOf, startDoor } from "../testing/start-door.ts";
import { startUpstream, type RecordingUpstream } from "../testing/recording-upstream.ts";

const routes = [
  routeOf({ path: "/read" }),
  routeOf({ method: "POST", path: "/write", maxBodyBytes: 1_000_000 }),
  routeOf({ path: "/stream", stream: true }),
];

async function open(instances: number) {
  const stack = new AsyncDisposableStack();
  const upstreams: RecordingUpstream[] = [];
  for (let count = 0; count < instances; count += 1) upstreams.push(stack.use(await startUpstream()));
  const door = stack.use(await startDoor({ upstreamUrl: upstreams.map(({ url }) => url), routes }));
  const counts = () => upstreams.map(({ received }) => received.length);
  return { upstreams, door, counts, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const post = (url: string, body = "{}") => fetch(`${url}/write`, { method: "POST", body });

test("deals calls to the instances in turn", async () => {
  await using at = await open(3);
  for (let count = 0; count < 9; count += 1) await (await fetch(`${at.door.url}/read`)).text();
  expect(at.counts()).toEqual([3, 3, 3]);
});

test("gives a call to the instance with the least in hand", async () => {
  await using at = await open(2);
  const held = Promise.withResolvers<void>();
  at.upstreams[1]!.reply((_, outgoing) => void held.promise.then(() => outgoing.end("{}")));
  const slow = fetch(`${at.door.url}/read`);
  await vi.waitFor(() => expect(at.counts()).toEqual([0, 1]));
  for (let count = 0; count < 5; count += 1) await (await fetch(`${at.door.url}/read`)).text();
  expect(at.counts()).toEqual([5, 1]);
  held.resolve();
  expect((await slow).status).toBe(200);
});

test("a call that finds nobody goes to another instance, whatever its method, and nobody notices", async () => {
  await using at = await open(2);
  await at.upstreams[0]!.stop();
  for (let count = 0; count < 30; count += 1)
    expect((await post(at.door.url, `{"n":${count}}`)).status).toBe(200);
  expect(at.counts()).toEqual([0, 30]);
  expect(at.upstreams[1]!.received.map(({ body }) => body)).toContain('{"n":29}');
  expect(at.door.upstream.instances.map(({ breaker }) => breaker.state)).toEqual(["open", "closed"]);
  await at.upstreams[0]!.restart();
  await vi.waitFor(
    async () => {
      await (await fetch(`${at.door.url}/read`)).text();
      expect(at.counts()[0]).toBeGreaterThan(2);
    },
    { timeout: 8_000, interval: 20 },
  );
});

test("a large body that nobody has begun to read reaches another instance whole", async () => {
  await using at = await open(2);
  await at.upstreams[0]!.stop();
  const body = "x".repeat(200_000);
  for (let count = 0; count < 4; count += 1) expect((await post(at.door.url, body)).status).toBe(200);
  expect(at.upstreams[1]!.received.map((one) => one.body.length)).toEqual(
    Array.from({ length: 4 }, () => body.length),
  );
});

test("a read whose connection breaks is sent once more, to another instance", async () => {
  await using at = await open(2);
  at.upstreams[1]!.reply((incoming) => void incoming.socket.destroy());
  expect((await fetch(`${at.door.url}/read`)).status).toBe(200);
  expect(at.counts()).toEqual([1, 1]);
  at.upstreams[0]!.reply((incoming) => void incoming.socket.destroy());
  expect((await fetch(`${at.door.url}/read`)).status).toBe(503);
  expect(at.counts()).toEqual([2, 2]);
});

test("a change whose connection breaks is sent to nobody else: it may have been carried out", async () => {
  await using at = await open(2);
  for (const upstream of at.upstreams) upstream.reply((incoming) => void incoming.socket.destroy());
  const answered = await post(at.door.url);
  expect(answered.status).toBe(502);
  expect(at.counts()).toEqual([0, 1]);
});

test("is 503 with Retry-After when no instance is there, and counts no call as still in hand", async () => {
  await using at = await open(3);
  for (const upstream of at.upstreams) await upstream.stop();
  for (let count = 0; count < 15; count += 1) {
    const answered = await post(at.door.url);
    expect([answered.status, answered.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(await answered.json()).toMatchObject({ code: "service/unavailable" });
  }
  expect(at.door.upstream.instances.map(({ lanes }) => lanes.calls.inHand)).toEqual([0, 0, 0]);
  expect(at.door.upstream.instances.map(({ breaker }) => breaker.state)).toEqual(["open", "open", "open"]);
});

test("an instance that is full gets no more, and the service is busy when all are", async () => {
  await using at = await open(2);
  const [one, other] = at.door.upstream.instances.map(({ lanes }) => lanes.calls);
  const fill = (lane: typeof one) => {
    while (lane !== undefined && !lane.isFull) lane.enter();
  };
  fill(one);
  for (let count = 0; count < 4; count += 1) expect((await post(at.door.url)).status).toBe(200);
  expect(at.counts()).toEqual([0, 4]);
  fill(other);
  const answered = await post(at.door.url);
  expect(await answered.json()).toMatchObject({ detail: "booking has too many calls in hand." });
  expect(answered.status).toBe(503);
});

test("a client that leaves while its stream is open says nothing against the instance", async () => {
  await using at = await open(1);
  at.upstreams[0]!.reply((_, outgoing) => void outgoing.writeHead(200).write(": here\n\n"));
  for (let count = 0; count < 12; count += 1) {
    const call = httpRequest(`${at.door.url}/stream`).end();
    const [answered] = (await once(call, "response")) as [IncomingMessage];
    await once(answered, "data");
    answered.on("error", () => {});
    call.destroy();
  }
  await vi.waitFor(() => expect(at.door.instance.lanes.streams.inHand).toBe(0));
  expect(at.door.instance.breaker.state).toBe("closed");
});

test("a port on which nobody listens is found again by a process that comes up there", async () => {
  const late = createServer((incoming, outgoing) => {
    incoming.resume();
    outgoing.end("late");
  });
  late.listen(0, "127.0.0.1");
  await once(late, "listening");
  const { port } = late.address() as AddressInfo;
  late.close();
  await once(late, "close");
  await using door = await startDoor({ upstreamUrl: `http://127.0.0.1:${port}`, routes });
  expect((await fetch(`${door.url}/read`)).status).toBe(503);
  late.listen(port, "127.0.0.1");
  await once(late, "listening");
  expect(await (await fetch(`${door.url}/read`)).text()).toBe("late");
  late.closeAllConnections();
  late.close();
});
