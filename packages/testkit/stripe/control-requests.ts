import type { IncomingMessage, ServerResponse } from "node:http";
import { z, ZodError } from "zod";
import { decideDispute, disputeCharge } from "./disputes.ts";
import { noSuch, Refusal } from "./errors.ts";
import { parseForm } from "./form-body.ts";
import { authenticateAsGuest, authenticationPage, confirmAsGuest, returnAddress } from "./guest-routes.ts";
import { readLedger } from "./ledger.ts";
import { onboardAccount, openAccountLink, restrictAccount, useAccountLink } from "./onboarding.ts";
import { requireIntent } from "./payment-intents.ts";
import { chargeStripeFee, payOut, payOutAccount } from "./payouts.ts";
import { failRefund } from "./refunds.ts";
import { resetSwitches, resetWorld, setSwitches, type World } from "./world.ts";

interface ControlCall {
  readonly id: string;
  readonly query: URLSearchParams;
  readonly input: unknown;
  /** Sent by a page's form: the answer is then a redirect, for a person. */
  readonly fromPage: boolean;
}

type ControlAnswer = { readonly json: unknown } | { readonly html: string } | { readonly redirect: string };
type ControlRoute = (world: World, call: ControlCall) => ControlAnswer;

const endpointSchema = z.strictObject({
  url: z
    .url({ protocol: /^http$/ })
    .nullable()
    .optional(),
  enabledEvents: z.array(z.string().max(100)).max(200).optional(),
});
const ledgerQuery = z.object({
  limit: z.coerce.number().int().min(0).max(200_000).default(10_000),
  after: z.string().optional(),
});

/** How webhook delivery stands. */
export function webhookStatus(world: World): { waiting: number; held: number } & WorldCounts {
  return { waiting: world.delivery.waiting, held: world.order.held, ...world.delivery.counts };
}

type WorldCounts = World["delivery"]["counts"];

/** Sends webhooks elsewhere, or filters them otherwise, from the next event on. @throws ZodError */
export function setEndpoint(world: World, input: unknown): World["endpoint"] {
  const changes = endpointSchema.parse(input);
  world.endpoint = {
    url: changes.url === undefined ? world.endpoint.url : changes.url,
    enabledEvents: changes.enabledEvents ?? world.endpoint.enabledEvents,
  };
  return world.endpoint;
}

const routes = new Map<string, ControlRoute>([
  ["GET health", () => ({ json: { ok: true } })],
  ["GET switches", (world) => ({ json: world.switches })],
  ["PUT switches", (world, { input }) => ({ json: setSwitches(world, input) })],
  ["DELETE switches", (world) => ({ json: resetSwitches(world) })],
  ["GET requests", (world) => ({ json: { requests: world.log.read() } })],
  ["GET webhooks", (world) => ({ json: webhookStatus(world) })],
  ["POST webhooks/release", (world) => ({ json: { released: world.order.release() } })],
  ["GET webhook_endpoint", (world) => ({ json: world.endpoint })],
  ["PUT webhook_endpoint", (world, { input }) => ({ json: setEndpoint(world, input) })],
  ["POST confirm", (world, { input }) => ({ json: confirmAsGuest(world, input) })],
  ["POST payment_intents/:id/authenticate", authenticate],
  [
    "GET payment_intents/:id/authenticate",
    (world, { id }) => ({ html: authenticationPage(requireIntent(world.account, id)) }),
  ],
  ["GET account_links/:id/onboarding", (world, { id }) => openAccountLink(world.account, id)],
  ["POST account_links/:id/onboarding", visitAccountLink],
  [
    "POST accounts/:id/onboard",
    (world, { id, input }) => ({ json: onboardAccount(world.account, id, input) }),
  ],
  [
    "POST accounts/:id/restrict",
    (world, { id, input }) => ({ json: restrictAccount(world.account, id, input) }),
  ],
  ["POST accounts/:id/payout", (world, { id, input }) => ({ json: payOutAccount(world.account, id, input) })],
  ["POST payouts", (world, { input }) => ({ json: payOut(world.account, input) })],
  ["POST fees", (world, { input }) => ({ json: chargeStripeFee(world.account, input) })],
  ["POST disputes", (world, { input }) => ({ json: disputeCharge(world.account, input) })],
  ["POST disputes/:id/close", (world, { id, input }) => ({ json: decideDispute(world.account, id, input) })],
  ["POST refunds/:id/fail", (world, { id }) => ({ json: failRefund(world.account, id) })],
  ["POST events/:id/resend", resendEvent],
  ["GET ledger", ledger],
  [
    "POST reset",
    (world) => {
      resetWorld(world);
      return { json: { ok: true } };
    },
  ],
]);

function authenticate(world: World, { id, input, fromPage }: ControlCall): ControlAnswer {
  const intent = authenticateAsGuest(world, id, input);
  const redirect = fromPage ? returnAddress(intent) : null;
  return redirect === null ? { json: intent.object } : { redirect };
}

function visitAccountLink(world: World, { id, input, fromPage }: ControlCall): ControlAnswer {
  const { object, redirect } = useAccountLink(world.account, id, input);
  if (fromPage) return { redirect };
  if (object === null) throw noSuch("account_link", id, "id");
  return { json: object };
}

function resendEvent(world: World, { id }: ControlCall): ControlAnswer {
  const event = world.account.events.get(id);
  if (event === undefined) throw noSuch("event", id, "id");
  world.order.resend(event);
  return { json: event.object };
}

function ledger(world: World, { query }: ControlCall): ControlAnswer {
  const { limit, after } = ledgerQuery.parse(Object.fromEntries(query));
  return { json: readLedger(world.account, limit, after) };
}

/** Every route, such as `POST refunds/:id/fail`. */
export function controlRoutes(): string[] {
  return [...routes.keys()];
}

function findRoute(method: string, path: string): { route: ControlRoute; id: string } | undefined {
  const [noun = "", second = "", third] = path.slice("/_stand-in/".length).split("/");
  const plain = routes.get(`${method} ${second === "" ? noun : `${noun}/${second}`}`);
  if (plain !== undefined && third === undefined) return { route: plain, id: "" };
  const named = routes.get(`${method} ${noun}/:id/${third ?? ""}`);
  return named === undefined ? undefined : { route: named, id: second };
}

/** Answers one request to `/_stand-in/…`: the switches, the guest's part and what a test may inspect. */
export function answerControlRequest(
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
  body: string,
): void {
  const url = new URL(request.url ?? "/", "http://stand-in");
  const found = findRoute(request.method ?? "GET", url.pathname);
  if (found === undefined) {
    send(response, 404, { error: { message: "No such route." } });
    return;
  }
  const fromPage = request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded") ?? false;
  try {
    const input: unknown = body === "" ? {} : fromPage ? { ...parseForm(body) } : JSON.parse(body);
    world.raised = [];
    world.account.request = { id: null, idempotency_key: null };
    const answer = found.route(world, { id: found.id, query: url.searchParams, input, fromPage });
    if ("json" in answer) send(response, 200, answer.json);
    else if ("html" in answer)
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(answer.html);
    else response.writeHead(303, { location: answer.redirect }).end();
  } catch (error) {
    if (error instanceof Refusal) send(response, error.status, { error: error.detail });
    else if (error instanceof ZodError) send(response, 400, { error: { message: z.prettifyError(error) } });
    else if (error instanceof SyntaxError)
      send(response, 400, { error: { message: "The body is not JSON." } });
    else throw error;
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
