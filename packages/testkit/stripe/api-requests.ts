import type { IncomingMessage, ServerResponse } from "node:http";
import { Refusal, invalidParameter, unauthenticated, unrecognizedUrl } from "./errors.ts";
import { apiVersion } from "./events.ts";
import { expanded } from "./expand.ts";
import { refusalOf, takeFault, type Fault } from "./faults.ts";
import { MalformedForm, parseForm } from "./form-body.ts";
import { newId } from "./identifiers.ts";
import type { Answer } from "./idempotency.ts";
import type { Operation } from "./operation.ts";
import { findOperation } from "./operations.ts";
import { refuseUnknown } from "./parameters.ts";
import { isNamed } from "./patterns.ts";
import type { RequestLogEntry } from "./request-log.ts";
import type { World } from "./world.ts";

const longestWaitForWebhooksMs = 5_000;
const longestSilenceMs = 600_000;

interface Call {
  readonly operation: Operation;
  readonly id: string;
  readonly part: string;
  readonly method: string;
  readonly path: string;
  readonly requestId: string;
  readonly key: string | null;
  /** The connected account the call is made for. */
  readonly onBehalfOf: string | null;
  /** The form as sent: the body of a POST, else the query. */
  readonly text: string;
}

/** Answers one request to `/v1/…` whose body has been read. */
export function answerApiRequest(
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
  body: string,
): void {
  const [path = "", query = ""] = (request.url ?? "").split("?", 2);
  const method = request.method ?? "GET";
  const requestId = newId("req");
  const found = findOperation(method, path);
  const given = request.headers["idempotency-key"];
  const key = method === "POST" && typeof given === "string" ? given : null;
  try {
    authenticate(world, request.headers.authorization);
    if (found === undefined) throw unrecognizedUrl(method, path);
    const onBehalfOf = connectedAccount(request.headers["stripe-account"], found.operation.name);
    const text = method === "POST" ? body : query;
    const call: Call = { ...found, method, path, requestId, key, onBehalfOf, text };
    const goOn = (): void => begin(world, call, response);
    if (world.switches.pause) world.paused.push({ isGone: () => response.destroyed, goOn });
    else goOn();
  } catch (error) {
    const answer = refusalAnswer(error, requestId);
    record(world, { requestId, path, key, operation: found?.operation }, "answered", answer.status);
    send(response, answer, requestId, key, false);
  }
}

/** The account of the `Stripe-Account` header. @throws Refusal where the stand-in knows only the platform's own */
function connectedAccount(given: string | string[] | undefined, operation: string): string | null {
  if (given === undefined || typeof given !== "string") return null;
  if (operation === "balance.retrieve") return given;
  throw invalidParameter("The stand-in makes only balance.retrieve for a connected account.", undefined);
}

function authenticate(world: World, authorization: string | undefined): void {
  const given = keyIn(authorization);
  if (given === "") {
    throw unauthenticated(
      "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
    );
  }
  if (world.apiKey === null ? given.startsWith("sk_") || given.startsWith("rk_") : given === world.apiKey)
    return;
  throw unauthenticated(`Invalid API Key provided: ${given.slice(0, 8)}****`);
}

function keyIn(authorization = ""): string {
  if (authorization.startsWith("Bearer ")) return authorization.slice("Bearer ".length);
  if (!authorization.startsWith("Basic ")) return "";
  return Buffer.from(authorization.slice("Basic ".length), "base64").toString().split(":", 1)[0] ?? "";
}

function begin(world: World, call: Call, response: ServerResponse): void {
  const isAnswered = call.key !== null && world.keys.isAnswered(call.key);
  const fault = takeFault(world.switches.faults, call, isAnswered);
  const failure = fault === undefined ? undefined : refusalOf(fault);
  if (fault?.outcome === "timeout-before" || fault?.outcome === "cut-before") {
    record(world, call, "lost", 0);
    leaveUnanswered(response, fault);
    return;
  }
  if (failure?.kept === false) {
    failOnPurpose(world, call, response, failure.refusal, false);
    return;
  }
  const kept = call.key === null ? undefined : world.keys.begin(call.key, call.path, call.text);
  if (kept !== undefined) {
    answerOrNot(world, call, response, kept, { fault, replayed: true });
  } else if (failure !== undefined) {
    failOnPurpose(world, call, response, failure.refusal, true);
  } else if (world.switches.latencyMs === 0) {
    execute(world, call, response, fault);
  } else {
    setTimeout(() => execute(world, call, response, fault), world.switches.latencyMs);
  }
}

function failOnPurpose(
  world: World,
  call: Call,
  response: ServerResponse,
  refusal: Refusal,
  kept: boolean,
): void {
  const answer: Answer = {
    ...refusalAnswer(refusal, call.requestId),
    final: kept && refusal.status >= 500,
  };
  if (kept && call.key !== null) world.keys.finish(call.key, answer);
  record(world, call, "failed-on-purpose", answer.status);
  send(response, answer, call.requestId, call.key, false);
}

function execute(world: World, call: Call, response: ServerResponse, fault: Fault | undefined): void {
  world.raised = [];
  const answer = run(world, call);
  const { webhooks } = world.switches;
  if (typeof webhooks === "string" || !webhooks.beforeAnswer || webhooks.never) {
    answerOrNot(world, call, response, answer, { fault, replayed: false });
    return;
  }
  void world.delivery
    .attempted(
      world.raised.filter(({ object }) => webhooks.types.some((pattern) => isNamed(pattern, object.type))),
      longestWaitForWebhooksMs,
    )
    .then(() => answerOrNot(world, call, response, answer, { fault, replayed: false }));
}

function answerOrNot(
  world: World,
  call: Call,
  response: ServerResponse,
  answer: Answer,
  { fault, replayed }: { fault: Fault | undefined; replayed: boolean },
): void {
  if (fault?.outcome === "timeout-after" || fault?.outcome === "cut-after") {
    record(world, call, "dropped", answer.status);
    leaveUnanswered(response, fault);
  } else {
    record(world, call, replayed ? "replayed" : "answered", answer.status);
    send(response, answer, call.requestId, call.key, replayed);
  }
}

/** Cuts the connection, or leaves the caller waiting until it gives up. */
function leaveUnanswered(response: ServerResponse, { outcome }: Fault): void {
  if (outcome === "cut-before" || outcome === "cut-after") response.socket?.destroy();
  else response.setTimeout(longestSilenceMs, () => response.destroy());
}

/** Runs the operation and keeps its answer, unless the parameters were refused before any work. */
function run(world: World, call: Call): Answer {
  const { account } = world;
  try {
    account.onBehalfOf = call.onBehalfOf;
    account.request = { id: call.requestId, idempotency_key: call.key };
    const form = parseForm(call.text);
    refuseUnknown(form, call.operation.accepts);
    const object = call.operation.run(account, call.id, form, call.part);
    const body = form["expand"] === undefined ? object : expanded(account, object, form);
    const answer: Answer = { status: 200, body, requestId: call.requestId };
    if (call.key !== null) world.keys.finish(call.key, answer);
    return answer;
  } catch (error) {
    const answer = refusalAnswer(error, call.requestId);
    if (call.key !== null) {
      if (error instanceof Refusal && error.executed) world.keys.finish(call.key, answer);
      else world.keys.abandon(call.key);
    }
    return answer;
  }
}

function refusalAnswer(error: unknown, requestId: string): Answer {
  const refusal = error instanceof MalformedForm ? invalidParameter(error.message, undefined) : error;
  if (!(refusal instanceof Refusal)) throw error;
  return { status: refusal.status, body: { error: refusal.detail }, requestId };
}

type Recorded = Pick<Call, "requestId" | "path" | "key"> & { readonly operation: Operation | undefined };

function record(world: World, call: Recorded, outcome: RequestLogEntry["outcome"], status: number): void {
  world.log.add({
    requestId: call.requestId,
    operation: call.operation?.name ?? "unknown",
    path: call.path,
    idempotencyKey: call.key,
    outcome,
    status,
    atSeconds: world.account.nowSeconds(),
  });
}

function send(
  response: ServerResponse,
  answer: Answer,
  requestId: string,
  key: string | null,
  replayed: boolean,
): void {
  const text = JSON.stringify(answer.body);
  const bytes = Buffer.byteLength(text);
  const headers = [
    "content-type",
    "application/json",
    "content-length",
    String(bytes),
    "request-id",
    requestId,
    "stripe-version",
    apiVersion,
  ];
  if (key !== null) headers.push("idempotency-key", key, "original-request", answer.requestId);
  if (replayed) headers.push("idempotent-replayed", "true");
  if (answer.final === true && key !== null) headers.push("stripe-should-retry", "false");
  response.writeHead(answer.status, headers);
  // Plain ASCII, as nearly every answer is, needs no encoding on its way to the socket.
  response.end(text, bytes === text.length ? "latin1" : "utf8");
}
