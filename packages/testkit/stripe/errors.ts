import type { Stripe } from "stripe";

/** The object under `error` in a refusal, as Stripe sends it. */
export interface ErrorDetail {
  readonly type: "api_error" | "card_error" | "idempotency_error" | "invalid_request_error";
  readonly message: string;
  readonly code?: string;
  readonly decline_code?: string;
  readonly doc_url?: string;
  readonly param?: string;
  readonly charge?: string;
  readonly payment_intent?: Stripe.PaymentIntent;
  readonly payment_method?: Stripe.PaymentMethod;
  readonly payment_method_type?: string;
}

/**
 * A refusal with Stripe's status and body.
 * `executed` tells idempotency whether the work had begun: only then is the refusal kept and replayed.
 */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly detail: ErrorDetail;
  readonly executed: boolean;

  constructor(status: number, detail: ErrorDetail, executed: boolean) {
    super(detail.message);
    this.status = status;
    this.detail = detail;
    this.executed = executed;
  }
}

function documented(code: string): { code: string; doc_url: string } {
  return { code, doc_url: `https://stripe.com/docs/error-codes/${code.replaceAll("_", "-")}` };
}

/** A parameter that fails validation; never kept under an idempotency key. */
export function invalidParameter(message: string, param: string | undefined, code?: string): Refusal {
  const detail: ErrorDetail = {
    type: "invalid_request_error",
    message,
    ...(code === undefined ? {} : documented(code)),
    ...(param === undefined ? {} : { param }),
  };
  return new Refusal(400, detail, false);
}

/** A request that is well formed but that the state of its object forbids. */
export function conflictingState(
  code: string | undefined,
  message: string,
  extra: Partial<ErrorDetail> = {},
): Refusal {
  const detail: ErrorDetail = {
    type: "invalid_request_error",
    message,
    ...(code === undefined ? {} : documented(code)),
    ...extra,
  };
  return new Refusal(400, detail, true);
}

/** An object that is not there: 404 where the path names it, 400 where a parameter does. */
export function noSuch(kind: string, id: string, param: string, status: 400 | 404 = 404): Refusal {
  const detail: ErrorDetail = {
    type: "invalid_request_error",
    message: `No such ${kind}: '${id}'`,
    ...documented("resource_missing"),
    param,
  };
  return new Refusal(status, detail, true);
}

export function cardDeclined(detail: Omit<ErrorDetail, "type">): Refusal {
  return new Refusal(402, { type: "card_error", ...detail }, true);
}

/** A connected account that is not there, or not the platform's: Stripe does not say which. */
export function noAccess(id: string): Refusal {
  const message = `The provided key does not have access to account '${id}' (or that account does not exist). Application access may have been revoked.`;
  return new Refusal(403, { type: "invalid_request_error", message, ...documented("account_invalid") }, true);
}

export function unauthenticated(message: string): Refusal {
  return new Refusal(401, { type: "invalid_request_error", message }, false);
}

export function unrecognizedUrl(method: string, path: string): Refusal {
  const message = `Unrecognized request URL (${method}: ${path}).`;
  return new Refusal(404, { type: "invalid_request_error", message }, false);
}

export function rateLimited(): Refusal {
  const message = "Request rate limit exceeded. Requests should be retried with an exponential backoff.";
  return new Refusal(429, { type: "invalid_request_error", message, ...documented("rate_limit") }, false);
}

export function serverFailure(status: number, executed: boolean): Refusal {
  const message = "An unknown error occurred while processing the request.";
  return new Refusal(status, { type: "api_error", message }, executed);
}

export function keyInUse(key: string): Refusal {
  const message = `There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): ${key}. Please try again later.`;
  return new Refusal(
    409,
    { type: "invalid_request_error", message, ...documented("idempotency_key_in_use") },
    false,
  );
}

export function keyReused(message: string): Refusal {
  return new Refusal(400, { type: "idempotency_error", message }, false);
}
