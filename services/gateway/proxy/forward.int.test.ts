import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { expect, test, vi } from "vitest";
import { routeOf, startDoor } from "../testing/start-door.ts";
import { startUpstream } from "../testing/recording-upstream.ts";

const until = (question: () => void) => vi.waitFor(question, { timeout: 5_000, interval: 10 });

async function open(routes: Parameters<typeof startDoor>[0]["routes"]) {
  const stack = new AsyncDisposableStack();
  const upstream = stack.use(await startUpstream());
  const door = stack.use(await startDoor({ upstreamUrl: upstream.url, routes }));
  return { upstream, door, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** A gate that a test opens when it has seen what it wanted to see. */
const gate = () => Promise.withResolvers<void>();

test("sends path, query, method and body on as they came, and the answer back as it was", async () => {
  await using at = await open([routeOf({ method: "POST", path: "/v1/things/{id}" })]);
  at.upstream.reply((incoming, outgoing) => {
    incoming.once("end", () =>
      outgoing
        .writeHead(201, { "content-type": "application/json", location: "/v1/things/1" })
        .end('{"é":1}'),
    );
  });
  const answered = await fetch(`${at.door.url}/v1/things/a%3Ab?x=1&y=%2F..&z`, {
    method: "POST",
    body: '{"a":"ü"}',
  });
  expect(answered.status).toBe(201);
  expect(answered.headers.get("location")).toBe("/v1/things/1");
  expect(answered.headers.get("x-content-type-options")).toBe("nosniff");
  expect(answered.headers.get("x-request-id")).toMatch(/^[0-9a-f]{32}$/);
  expect(await answered.text()).toBe('{"é":1}');
  expect(at.upstream.received).toMatchObject([{ method: "POST", url: "/v1/things/a%3Ab?x=1&y=%2F..&z" }]);
  expect(Buffer.from(at.upstream.received[0]!.body, "latin1").toString()).toBe('{"a":"ü"}');
});

test("passes the first part of an answer on before the last exists", async () => {
  await using at = await open([routeOf({ path: "/stream" })]);
  const seen = gate();
  at.upstream.reply((_, outgoing) => {
    outgoing.writeHead(200, { "content-type": "text/plain" }).write("first");
    void seen.promise.then(() => outgoing.end("last"));
  });
  const reader = (await fetch(`${at.door.url}/stream`)).body!.getReader();
  expect(Buffer.from((await reader.read()).value!).toString()).toBe("first");
  seen.resolve();
  expect(Buffer.from((await reader.read()).value!).toString()).toBe("last");
});

test("passes the first part of a body on before the last is sent", async () => {
  await using at = await open([routeOf({ method: "POST", path: "/upload", maxBodyBytes: 1_000_000 })]);
  const call = httpRequest(`${at.door.url}/upload`, { method: "POST" });
  call.write("first");
  await until(() => expect(at.upstream.received[0]?.body).toBe("first"));
  call.end("last");
  const [answered] = (await once(call, "response")) as [IncomingMessage];
  answered.resume();
  expect(answered.statusCode).toBe(200);
  expect(at.upstream.received[0]?.body).toBe("firstlast");
});

test("carries a large answer to a slow reader whole, without holding all of it", async () => {
  await using at = await open([routeOf({ path: "/large" })]);
  const size = 30_000_000;
  let held = 0;
  at.upstream.reply((_, outgoing) => {
    outgoing.writeHead(200, { "content-length": size });
    const chunk = Buffer.alloc(100_000, "x");
    let sent = 0;
    const send = () => {
      while (sent < size) {
        sent += chunk.length;
        if (!outgoing.write(chunk)) {
          held = sent;
          return void outgoing.once("drain", send);
        }
      }
      outgoing.end();
    };
    send();
  });
  const call = httpRequest(`${at.door.url}/large`).end();
  const [answered] = (await once(call, "response")) as [IncomingMessage];
  // Nobody reads yet: the gateway stops reading too, so the upstream cannot write everything.
  await until(() => expect(held).toBeGreaterThan(0));
  const before = held;
  await until(() => expect(held).toBe(before));
  expect(held).toBeLessThan(size);
  let read = 0;
  for await (const chunk of answered) read += (chunk as Buffer).length;
  expect(read).toBe(size);
});

test("ends the call to the service when the client leaves, before and during the answer", async () => {
  await using at = await open([routeOf({ path: "/never" }), routeOf({ path: "/endless" })]);
  at.upstream.reply((incoming, outgoing) => {
    if (incoming.url === "/endless") outgoing.writeHead(200).write("some");
  });
  for (const path of ["/never", "/endless"]) {
    const leaving = new AbortController();
    const call = fetch(`${at.door.url}${path}`, { signal: leaving.signal }).then((answered) =>
      answered.text(),
    );
    await until(() => expect(at.upstream.received.at(-1)?.url).toBe(path));
    leaving.abort();
    await expect(call).rejects.toThrow("aborted");
    await until(() => expect(at.upstream.received.at(-1)?.aborted).toBe(true));
  }
  await until(() => expect(at.door.instance.lanes.calls.inHand).toBe(0));
  expect(at.door.instance.breaker.state).toBe("closed");
});

test("answers 504 when the first byte does not come in time, and ends the call", async () => {
  await using at = await open([routeOf({ path: "/slow", timeoutMs: 60 })]);
  at.upstream.reply(() => {});
  const answered = await fetch(`${at.door.url}/slow`);
  expect(answered.status).toBe(504);
  expect(answered.headers.get("content-type")).toBe("application/problem+json");
  expect(await answered.json()).toMatchObject({ code: "service/timed-out", instance: "/slow", status: 504 });
  await until(() => expect(at.upstream.received[0]?.aborted).toBe(true));
});

test("does not time an answer that has begun", async () => {
  await using at = await open([routeOf({ path: "/slow", timeoutMs: 60 })]);
  at.upstream.reply((_, outgoing) => {
    outgoing.writeHead(200).write("a");
    setTimeout(() => outgoing.end("b"), 150);
  });
  expect(await (await fetch(`${at.door.url}/slow`)).text()).toBe("ab");
});

test("cuts an answer off that breaks in the middle, so that nobody takes it for whole", async () => {
  await using at = await open([routeOf({ path: "/broken" })]);
  at.upstream.reply((_, outgoing) => {
    outgoing.writeHead(200, { "content-length": 100 }).write("half");
    setImmediate(() => outgoing.destroy());
  });
  await expect(fetch(`${at.door.url}/broken`).then((answered) => answered.text())).rejects.toThrow(
    "terminated",
  );
});

test("refuses a body over its limit by its announced length, without calling the service", async () => {
  await using at = await open([routeOf({ method: "POST", path: "/small", maxBodyBytes: 10 })]);
  const answered = await fetch(`${at.door.url}/small`, { method: "POST", body: "x".repeat(11) });
  expect(answered.status).toBe(413);
  expect(await answered.json()).toMatchObject({ code: "request/body-too-large" });
  expect(at.upstream.received).toEqual([]);
  expect((await fetch(`${at.door.url}/small`, { method: "POST", body: "x".repeat(10) })).status).toBe(200);
});

test("refuses a body over its limit while it streams, and ends the call to the service", async () => {
  await using at = await open([routeOf({ method: "POST", path: "/small", maxBodyBytes: 100_000 })]);
  const call = httpRequest(`${at.door.url}/small`, { method: "POST" });
  call.on("error", () => {});
  call.write("x".repeat(60_000));
  await until(() => expect(at.upstream.received).toHaveLength(1));
  call.write("x".repeat(60_000));
  const [answered] = (await once(call, "response")) as [IncomingMessage];
  expect(answered.statusCode).toBe(413);
  answered.resume();
  await until(() => expect(at.upstream.received[0]?.aborted).toBe(true));
  expect(at.upstream.received[0]!.body.length).toBeLessThanOrEqual(100_000);
  expect(at.door.instance.breaker.state).toBe("closed");
  call.destroy();
});

test("refuses a body on a read", async () => {
  await using at = await open([routeOf({ path: "/read" })]);
  const call = httpRequest(`${at.door.url}/read`, { method: "GET", headers: { "content-length": 2 } }).end(
    "{}",
  );
  const [answered] = (await once(call, "response")) as [IncomingMessage];
  expect(answered.statusCode).toBe(400);
  answered.resume();
  expect(at.upstream.received).toEqual([]);
});

test("answers HEAD with the headers of GET and no body", async () => {
  await using at = await open([routeOf({ path: "/read" })]);
  at.upstream.reply(
    (_, outgoing) => void outgoing.writeHead(200, { "content-length": 5, etag: '"1"' }).end(),
  );
  const answered = await fetch(`${at.door.url}/read`, { method: "HEAD" });
  expect(answered.status).toBe(200);
  expect(answered.headers.get("etag")).toBe('"1"');
  expect(at.upstream.received[0]?.method).toBe("HEAD");
});

test("keeps connections to the service for the next calls", async () => {
  await using at = await open([routeOf({ path: "/read" })]);
  for (let i = 0; i < 5; i += 1) await (await fetch(`${at.door.url}/read`)).text();
  expect(at.upstream.connections).toBe(1);
});

test("calls at once go out on connections of their own: a slow answer holds up no other", async () => {
  await using at = await open([routeOf({ path: "/slow" }), routeOf({ path: "/quick" })]);
  const seen = gate();
  at.upstream.reply((incoming, outgoing) => {
    if (incoming.url === "/quick") outgoing.end("quick");
    else void seen.promise.then(() => outgoing.end("slow"));
  });
  const slow = fetch(`${at.door.url}/slow`).then((answered) => answered.text());
  await until(() => expect(at.upstream.received).toHaveLength(1));
  expect(await (await fetch(`${at.door.url}/quick`)).text()).toBe("quick");
  seen.resolve();
  expect(await slow).toBe("slow");
});
