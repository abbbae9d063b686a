/**
 * What the gateway costs: one route asked of the service itself, through the gateway, and through nginx, in turns, so
 * that what the machine does meanwhile meets all three. The gateway checks the token, finds the route, writes trace
 * context and request id, measures, and keeps slow services out; nginx passes bytes on. Rate limits are off, as 64 clients of
 * one address would be told 429.
 */
import assert from "node:assert";
import type { Platform } from "@holdfast/testkit/platform/start-platform";
import { cpuPerThing, readCpu } from "./counters.ts";
import { runLoad, type LoadResult } from "./load.ts";
import { startNginx } from "./nginx.ts";
import { makeBenchGuests } from "./world.ts";

/** A list that is empty: the service authorises, asks Postgres once and answers a few bytes. */
const path = "/v1/bookings?limit=1";

export interface GatewayCostOptions {
  readonly clients: number;
  readonly rounds: number;
  /** Requests of each way in each round. */
  readonly total: number;
}

/** One way to the service: medians over the rounds. */
export interface Way {
  readonly name: string;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU of what stands between the client and the service, in ms a request; 0 where nothing does. */
  readonly proxyCpuMs: number;
}

export interface GatewayCost {
  readonly clients: number;
  readonly ways: readonly Way[];
  readonly nginx: string;
}

interface Measured {
  readonly load: LoadResult;
  readonly proxyCpuMs: number;
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}

async function measure(name: string, url: string, options: GatewayCostOptions, tokens: readonly string[]) {
  const before = await readCpu();
  const load = await runLoad({
    url,
    clients: options.clients,
    total: options.total,
    request: (client) => ({
      method: "GET",
      path,
      headers: { authorization: `Bearer ${tokens[client % tokens.length]}`, accept: "application/json" },
    }),
    succeeded: (status) => status === 200,
  });
  assert(load.failed === 0, `every request is answered: ${load.sampleFailure}`);
  const used = cpuPerThing(before, await readCpu(), load.done);
  return { load, proxyCpuMs: used.find(([role]) => role.includes(name))?.[1] ?? 0 };
}

/** Measures all ways in as many rounds; the first warms up and does not count. */
export async function measureGatewayCost(
  platform: Platform,
  options: GatewayCostOptions,
  say: (line: string) => void,
): Promise<GatewayCost> {
  await using owned = new AsyncDisposableStack();
  const straight = new URL(platform.urlOf("booking"));
  const nginx = await startNginx(owned, straight, options.clients);
  const urls = new Map([
    ["straight", straight.origin],
    ["gateway", platform.gatewayUrl],
    ...("url" in nginx ? [["nginx", nginx.url] as const] : []),
  ]);
  const guests = await makeBenchGuests(platform, 8);
  const tokens = await guests.logInAll();
  const measured = new Map([...urls.keys()].map((name): [string, Measured[]] => [name, []]));
  for (let round = 0; round <= options.rounds; round++) {
    const order = [...urls].map((_, at, all) => all[(at + round) % all.length]!);
    for (const [name, url] of order) {
      const one = await measure(name, url, options, tokens);
      if (round > 0) measured.get(name)?.push(one);
    }
    if (round > 0) say(`round ${round} of ${options.rounds}`);
  }
  const ways = [...measured].map(([name, rounds]) => ({
    name,
    perSecond: median(rounds.map(({ load }) => load.perSecond)),
    p50Ms: median(rounds.map(({ load }) => load.p50Ms)),
    p99Ms: median(rounds.map(({ load }) => load.p99Ms)),
    proxyCpuMs: median(rounds.map(({ proxyCpuMs }) => proxyCpuMs)),
  }));
  return { clients: options.clients, ways, nginx: "url" in nginx ? nginx.version : nginx.missing };
}
