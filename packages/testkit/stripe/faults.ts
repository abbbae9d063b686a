import { z } from "zod";
import { rateLimited, Refusal, serverFailure, type ErrorDetail } from "./errors.ts";
import { isNamed, isPath } from "./patterns.ts";

const selection = {
  /** An operation's name, `transfers.create`, or the beginning of several, `transfers.*`. Default every one. */
  operation: z.string().max(100).optional(),
  method: z.enum(["GET", "POST", "DELETE"]).optional(),
  /** The path, where `*` stands for any one step: `/v1/accounts/*`. */
  path: z.string().max(200).startsWith("/v1/").optional(),
  /** The idempotency key, or the beginning of several, `booking:bkg_1:capture:*`. */
  key: z.string().max(255).optional(),
  /** How many of the matching calls it strikes. Default 1. */
  times: z.int().min(0).max(1_000_000).default(1),
  /** How many matching calls pass before it strikes. Default 0. */
  after: z.int().min(0).max(1_000_000).default(0),
};

/**
 * What goes wrong with the next calls of a kind:
 * - `refused`: the error of the given `code` and `status` (402 is a card error), without effect; kept under the
 *   idempotency key, as Stripe keeps what it refused while at work, unless `kept` is false;
 * - `failed`: 500, 502, 503 or 429, without effect; of these Stripe keeps a 500, and `kept` overrides that;
 * - `timeout-before`, `cut-before`: no effect and no answer: the caller waits in vain, or its connection is cut;
 * - `timeout-after`, `cut-after`: it takes effect, or did under the same key before, and there is no answer.
 */
export const faultSchema = z.discriminatedUnion("outcome", [
  z.strictObject({
    ...selection,
    outcome: z.literal("refused"),
    status: z.union([z.literal(400), z.literal(402), z.literal(403), z.literal(404)]).default(400),
    code: z.string().max(100).optional(),
    declineCode: z.string().max(100).optional(),
    message: z.string().max(500).default("Refused by a switch of the stand-in."),
    kept: z.boolean().default(true),
  }),
  z.strictObject({
    ...selection,
    outcome: z.literal("failed"),
    status: z.union([z.literal(429), z.literal(500), z.literal(502), z.literal(503)]).default(500),
    kept: z.boolean().optional(),
  }),
  z.strictObject({
    ...selection,
    outcome: z.enum(["timeout-before", "timeout-after", "cut-before", "cut-after"]),
  }),
]);

export type Fault = z.output<typeof faultSchema>;

/** A call as a fault selects it. */
export interface StruckCall {
  readonly operation: { readonly name: string };
  readonly method: string;
  readonly path: string;
  /** Its idempotency key. */
  readonly key: string | null;
}

/**
 * The first fault that is to strike this call; its turn is counted here, so it is to be asked once a call. Where the
 * call's key has an answer already, that is replayed rather than refused otherwise.
 */
export function takeFault(faults: Fault[], call: StruckCall, isAnswered: boolean): Fault | undefined {
  const fault = faults.find(
    (candidate) =>
      candidate.times > 0 &&
      concerns(candidate, call) &&
      !(isAnswered && refusalOf(candidate)?.kept === true),
  );
  if (fault === undefined) return undefined;
  if (fault.after > 0) {
    fault.after -= 1;
    return undefined;
  }
  fault.times -= 1;
  return fault;
}

function concerns({ operation, method, path, key }: Fault, call: StruckCall): boolean {
  if (operation !== undefined && !isNamed(operation, call.operation.name)) return false;
  if (method !== undefined && method !== call.method) return false;
  if (key !== undefined && (call.key === null || !isNamed(key, call.key))) return false;
  return path === undefined || isPath(path, call.path);
}

/** The answer of a fault that has one, and whether its idempotency key keeps it. */
export function refusalOf(fault: Fault): { refusal: Refusal; kept: boolean } | undefined {
  if (fault.outcome === "failed") {
    const kept = fault.kept ?? fault.status === 500;
    return { refusal: fault.status === 429 ? rateLimited() : serverFailure(fault.status, kept), kept };
  }
  if (fault.outcome !== "refused") return undefined;
  const { status, code, declineCode, message, kept } = fault;
  const detail: ErrorDetail = {
    type: status === 402 ? "card_error" : "invalid_request_error",
    message,
    ...(code === undefined ? {} : { code }),
    ...(declineCode === undefined ? {} : { decline_code: declineCode }),
  };
  return { refusal: new Refusal(status, detail, kept), kept };
}
