/** What attacks on tokens need: an administrator's token, the keys to forge others, and a listener nobody may call. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createApiKey } from "@holdfast/contracts/api/api-keys";
import type { Ground } from "../attack.ts";
import { send } from "../requests.ts";
import { type Account, SecurityWorld } from "../world.ts";
import { type Door, doorsOf, knock } from "./doors.ts";
import { type Forgery, startForging } from "./forgery.ts";

export interface JwtGround extends Ground {
  readonly world: SecurityWorld;
  readonly victim: Account;
  readonly forge: Forgery;
  readonly doors: readonly Door[];
  /** An API key of the victim's, which services do not know. */
  readonly apiKey: string;
  /** Where an attacker publishes keys of their own. */
  readonly listener: { readonly url: string; readonly requests: () => number };
}

async function listen(published: () => unknown) {
  let requests = 0;
  const server = createServer((_, response) => {
    requests += 1;
    response.end(JSON.stringify(published()));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`;
  return {
    url,
    requests: () => requests,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** @throws where the token that was not forged is refused anywhere: then the refusals would say nothing */
async function requireLetIn(doors: readonly Door[], token: string): Promise<void> {
  const answers = await knock(doors, `Bearer ${token}`);
  const refused = answers.filter(({ status }) => status >= 300);
  if (refused.length > 0)
    throw new Error(`the true token is refused: ${refused.map(({ text }) => text).join()}`);
}

export async function enterJwtGround(): Promise<JwtGround> {
  await using entering = new AsyncDisposableStack();
  const world = entering.use(await SecurityWorld.enter());
  const victim = await world.newAccount(["admin"]);
  const { accessToken: good } = victim.client.tokens;
  const secret = world.place.secrets.keyEncryptionSecret;
  const forge = await startForging(world.sql, secret, good);
  const listener = entering.use(await listen(() => ({ keys: [forge.ownJwk] })));
  const doors = doorsOf(world.place, world.vendorA.resourceId);
  await requireLetIn(doors, good);
  const { key } = await victim.client.call(createApiKey, {
    body: { name: "A key", scopes: ["booking:read:own"] },
  });
  const leaving = entering.move();
  return {
    world,
    victim,
    forge,
    listener,
    doors,
    apiKey: key,
    [Symbol.asyncDispose]: () => leaving.disposeAsync(),
  };
}

/** How often auth was asked for its keys so far, by its own count. */
export async function keySetFetches({ world }: JwtGround): Promise<number> {
  const { text } = await send({ method: "get", url: `${world.place.serviceUrls.auth}/metrics` });
  const counts = text
    .split("\n")
    .filter((line) => /^http_server_request_duration_seconds_count\{.*jwks\.json/.test(line))
    .map((line) => Number(line.split(" ").at(-1)));
  return counts.reduce((sum, count) => sum + count, 0);
}
