import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { getContacts } from "@holdfast/contracts/api/accounts";
import { newId } from "@holdfast/contracts/ids";
import { expect, test } from "vitest";
import { askService } from "./ask-service.ts";

const tokens = { token: () => Promise.resolve("a-token-of-ours") };
const userId = newId("usr");
const contacts = [{ userId, email: "ana@example.com", name: "Ana" }];

/** Instances that answer so, one after the other; what they were asked is kept. */
async function instances(...answers: readonly { readonly status: number; readonly body: unknown }[]) {
  const stack = new AsyncDisposableStack();
  const asked: (string | undefined)[] = [];
  const urls: string[] = [];
  for (const { status, body } of answers) {
    const server = createServer((request, response) => {
      asked.push(request.headers.authorization);
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    stack.defer(async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    });
    urls.push(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }
  return { urls, asked, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const ask = (urls: readonly string[]) => askService({ urls, tokens }, getContacts, { userIds: [userId] });

test("asks as itself, one instance after the other until one answers", async () => {
  await using there = await instances({ status: 503, body: {} }, { status: 200, body: { contacts } });
  expect(await ask(there.urls)).toEqual({ contacts });
  expect(there.asked).toEqual(["Bearer a-token-of-ours", "Bearer a-token-of-ours"]);
});

test.each([
  ["none can be reached", [], "fetch failed"],
  ["none answers well", [{ status: 503, body: {} }], "auth answered 503 to getContacts"],
  [
    "the answer is not what was agreed",
    [{ status: 200, body: { people: [] } }],
    "auth did not answer getContacts as it should",
  ],
])("fails where %s", async (_, answers, message) => {
  await using there = await instances(...answers);
  await expect(ask(there.urls.length > 0 ? there.urls : ["http://127.0.0.1:9"])).rejects.toThrow(message);
});
