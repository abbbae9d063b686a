import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { defaultBounds, newAccount, type Bounds } from "./account.ts";
import { answerApiRequest } from "./api-requests.ts";
import { answerControlRequest, setEndpoint, webhookStatus } from "./control-requests.ts";
import { IdempotencyKeys } from "./idempotency.ts";
import { clearKept, keptTables, sendUndelivered } from "./kept-state.ts";
import { readLedger, type Ledger } from "./ledger.ts";
import { RequestLog, type RequestLogEntry } from "./request-log.ts";
import { changedSwitches, quietSwitches, type SwitchChanges, type Switches } from "./switches.ts";
import {
  defaultDelivery,
  WebhookDelivery,
  type DeliveryOptions,
  type WebhookEndpoint,
} from "./webhook-delivery.ts";
import { WebhookOrder } from "./webhook-order.ts";
import { keepInJournal } from "../state/journal.ts";
import { resetSwitches, resetWorld, setSwitches, type World } from "./world.ts";

export interface StripeStandInOptions {
  /** The secret webhooks are signed with (`whsec_…`). */
  readonly webhookSecret: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** The only key let in; by default any that starts with `sk_` or `rk_`. */
  readonly apiKey?: string;
  /** Where webhooks go; none are sent without it. `setEndpoint` gives it later. */
  readonly webhookUrl?: string;
  /** Event types sent, as a Stripe webhook endpoint's `enabled_events`. Default all. */
  readonly enabledEvents?: readonly string[];
  readonly delivery?: Partial<Omit<DeliveryOptions, "secret">>;
  readonly bounds?: Partial<Bounds>;
  readonly switches?: SwitchChanges;
  /** Requests kept in the log. Default 1,000. */
  readonly requestLogSize?: number;
  /** Where the account is kept from one start to the next; in memory alone without it. */
  readonly stateFile?: string;
  /** Told in one line of a state file that could not be read. */
  readonly onUnreadable?: (line: string) => void;
  /** The clock for `created`; webhook signatures always carry the real time, which their receivers check. */
  readonly nowMs?: () => number;
}

/** A running stand-in. Its methods do what the routes under `/_stand-in/` do for other processes. */
export interface StripeStandIn extends AsyncDisposable {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly setSwitches: (changes: SwitchChanges) => Switches;
  readonly resetSwitches: () => Switches;
  readonly setEndpoint: (endpoint: Partial<WebhookEndpoint>) => WebhookEndpoint;
  readonly releaseWebhooks: () => number;
  readonly webhooks: () => ReturnType<typeof webhookStatus>;
  readonly ledger: (limit?: number, after?: string) => Ledger;
  readonly requests: () => RequestLogEntry[];
  /** How many requests `pause` keeps waiting. */
  readonly paused: () => number;
  readonly reset: () => void;
}

const maximumBodyBytes = 1024 * 1024;

function newWorld(options: StripeStandInOptions, publicUrl: () => string): World {
  const bounds = { ...defaultBounds, ...options.bounds };
  const delivery = { ...defaultDelivery, ...options.delivery, secret: options.webhookSecret };
  const nowMs = options.nowMs ?? ((): number => Temporal.Now.instant().epochMilliseconds);
  const sender: WebhookDelivery = new WebhookDelivery(delivery, () => world.endpoint);
  const order: WebhookOrder = new WebhookOrder(
    sender,
    () => world.endpoint,
    () => world.switches.webhooks,
    delivery.maxWaiting,
  );
  const world: World = {
    account: newAccount({
      bounds,
      nowSeconds: () => Math.floor(nowMs() / 1000),
      pricing: () => world.switches.pricing,
      checksBalances: () => world.switches.checkBalances,
      publicUrl,
      deliver: (event) => {
        world.raised.push(event);
        order.accept(event);
      },
    }),
    keys: new IdempotencyKeys(bounds.idempotencyKeys),
    log: new RequestLog(options.requestLogSize ?? 1000),
    delivery: sender,
    order,
    apiKey: options.apiKey ?? null,
    switches: changedSwitches(structuredClone(quietSwitches), options.switches ?? {}),
    raised: [],
    endpoint: { url: null, enabledEvents: ["*"] },
    paused: [],
  };
  setEndpoint(world, { url: options.webhookUrl, enabledEvents: options.enabledEvents });
  return world;
}

function answer(world: World, request: IncomingMessage, response: ServerResponse): void {
  const control = request.url?.startsWith("/_stand-in/") ?? false;
  if (!control && world.switches.refuseConnections) {
    request.socket.resetAndDestroy();
    return;
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maximumBodyBytes) request.socket.destroy();
    else chunks.push(chunk);
  });
  request.on("end", () => {
    const [first] = chunks;
    const body = first === undefined ? "" : (chunks.length === 1 ? first : Buffer.concat(chunks)).toString();
    if (control) answerControlRequest(world, request, response, body);
    else answerApiRequest(world, request, response, body);
  });
}

async function listen(server: Server, port: number, host: string): Promise<number> {
  server.listen(port, host);
  await once(server, "listening");
  const address = server.address();
  assert(isAddress(address), "the server listens on a port");
  return address.port;
}

function isAddress(address: ReturnType<Server["address"]>): address is AddressInfo {
  return typeof address === "object" && address !== null;
}

async function close(server: Server, world: World): Promise<void> {
  world.order.clear();
  world.delivery.close();
  if (!server.listening) return;
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}

/**
 * Starts a server that speaks Stripe's HTTP API for payments, customers, disputes, connected accounts, transfers and
 * the balance, with test cards, signed webhooks and faults to order; the README beside this file lists them. State is
 * in memory and bounded, and in a file where one is given.
 *
 * @throws when the port is taken, the state file cannot be written or a switch is out of its bounds
 */
export async function startStripeStandIn(options: StripeStandInOptions): Promise<StripeStandIn> {
  assert(options.webhookSecret !== "", "a webhook secret is needed to sign with");
  const host = options.host ?? "127.0.0.1";
  let port = options.port ?? 0;
  const publicUrl = (): string => `http://${host}:${port}`;
  const world = newWorld(options, publicUrl);
  // Longer than clients keep idle sockets, so that none is closed under a request on its way.
  const server = createServer({ keepAliveTimeout: 75_000 }, (request, response) =>
    answer(world, request, response),
  );
  await using resources = new AsyncDisposableStack();
  if (options.stateFile !== undefined) {
    const { stateFile: path, onUnreadable = (): void => undefined } = options;
    const tables = keptTables(world);
    const clear = (): void => clearKept(world);
    resources.use(await keepInJournal({ path, owner: "stripe", tables, clear, onUnreadable }));
  }
  resources.defer(() => close(server, world));
  port = await listen(server, port, host);
  sendUndelivered(world);
  const running = resources.move();
  return {
    url: publicUrl(),
    host,
    port,
    setSwitches: (changes) => setSwitches(world, changes),
    resetSwitches: () => resetSwitches(world),
    setEndpoint: (endpoint) => setEndpoint(world, endpoint),
    releaseWebhooks: () => world.order.release(),
    webhooks: () => webhookStatus(world),
    ledger: (limit = 10_000, after) => readLedger(world.account, limit, after),
    requests: () => world.log.read(),
    paused: () => world.paused.filter(({ isGone }) => !isGone()).length,
    reset: () => resetWorld(world),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
