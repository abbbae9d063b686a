import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createServiceTokenSource } from "./service-token.ts";

let asked: { path: string | undefined; body: string }[];
let lifetimeSeconds: number;
let broken: boolean;
let server: ReturnType<typeof createServer>;
let source: ReturnType<typeof createServiceTokenSource>;

beforeEach(async () => {
  asked = [];
  lifetimeSeconds = 900;
  broken = false;
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      asked.push({ path: request.url, body });
      if (broken) response.writeHead(500).end("{}");
      else {
        const granted = {
          access_token: `token-${asked.length}`,
          token_type: "Bearer",
          expires_in: lifetimeSeconds,
        };
        response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(granted));
      }
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const authUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  source = createServiceTokenSource({ authUrl, name: "booking", secret: "s&cret" });
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
});

test("asks once, as RFC 6749 says, for any number of callers", async () => {
  const tokens = await Promise.all(Array.from({ length: 10 }, () => source.token()));
  expect(new Set([...tokens, await source.token()])).toEqual(new Set(["token-1"]));
  expect(asked).toEqual([
    {
      path: "/v1/oauth/token",
      body: "grant_type=client_credentials&client_id=booking&client_secret=s%26cret",
    },
  ]);
});

test("asks again when the last token is half used, and uses that one to its end while auth is down", async () => {
  lifetimeSeconds = 0.2;
  expect(await source.token()).toBe("token-1");
  lifetimeSeconds = 1;
  await expect.poll(() => source.token(), { timeout: 4_000, interval: 10 }).toBe("token-2");
  broken = true;
  const given = new Set<unknown>();
  const ask = async () =>
    given.add(await source.token().catch((error: unknown) => (error as { code: unknown }).code));
  await expect
    .poll(async () => (await ask()).has("service/unavailable"), { timeout: 4_000, interval: 20 })
    .toBe(true);
  expect([...given]).toEqual(["token-2", "service/unavailable"]);
  expect(asked.length).toBeGreaterThan(2);
});
