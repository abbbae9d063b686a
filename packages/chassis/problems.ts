/** The refusals that every service can answer; documented in docs/problems.md. */
import { stepUpSeconds } from "@holdfast/contracts/define-endpoint";
import { defineProblem, type Problem } from "./problem.ts";

export const requestInvalid = defineProblem("request/invalid", 400, "The request is not valid.");
export const malformedJson = defineProblem(
  "request/malformed-json",
  400,
  "The body is not well-formed JSON.",
);
export const malformedRequest = defineProblem(
  "request/malformed",
  400,
  "The request is not well-formed HTTP.",
);
export const bodyTooLarge = defineProblem(
  "request/body-too-large",
  413,
  "The body is larger than this endpoint takes.",
);
export const unsupportedMediaType = defineProblem(
  "request/unsupported-media-type",
  415,
  "The body must be sent as application/json, uncompressed.",
);
export const bodyNotReceived = defineProblem(
  "request/body-not-received",
  400,
  "The body did not arrive completely.",
);

export const routeNotFound = defineProblem("route/not-found", 404, "There is nothing at this address.");
export const methodNotAllowed = defineProblem(
  "route/method-not-allowed",
  405,
  "This address does not take that method.",
);

const tokenMissing = defineProblem("auth/token-missing", 401, "An access token is needed.");
const tokenInvalid = defineProblem("auth/token-invalid", 401, "The access token is not valid.");
const stepUpNeeded = defineProblem(
  "auth/step-up-needed",
  401,
  "Prove again who you are; this is a sensitive action.",
);
export const forbidden = defineProblem("auth/forbidden", 403, "The caller may not do this.");

export const csrfTokenWrong = defineProblem(
  "auth/csrf-token-wrong",
  403,
  "A call that a browser's cookies speak for must prove that a page of this origin made it.",
);

export const idempotencyKeyMissing = defineProblem(
  "request/idempotency-key-missing",
  400,
  "An Idempotency-Key header of 1 to 255 visible ASCII characters is needed.",
);
export const idempotencyKeyReused = defineProblem(
  "request/idempotency-key-reused",
  422,
  "This Idempotency-Key was used for a different request.",
);
export const idempotencyKeyInFlight = defineProblem(
  "request/idempotency-key-in-flight",
  409,
  "A request with this Idempotency-Key is being worked on.",
);

export const tooManyRequests = defineProblem("limit/too-many-requests", 429, "Too many requests.");
const serviceUnavailable = defineProblem("service/unavailable", 503, "The service cannot answer right now.");
export const serviceDraining = defineProblem(
  "service/draining",
  503,
  "This replica is shutting down; try again.",
);
export const internalError = defineProblem("internal/error", 500, "Something went wrong on our side.");

/** Nothing an administrator changes goes unrecorded, so it waits until it can be. */
export const auditUnavailable = defineProblem(
  "audit/unavailable",
  503,
  "This is done only once it is in the audit log, which cannot be written right now.",
);

export const clockBackwards = defineProblem("clock/backwards", 409, "The test clock only moves forward.");

/** No token was sent to an endpoint that needs one (RFC 6750 asks for a bare challenge then). */
export function refuseWithoutToken(): Problem {
  return tokenMissing(undefined, { headers: { "www-authenticate": "Bearer" } });
}

/** A token was sent and does not hold. */
export function refuseToken(detail: string, cause?: unknown): Problem {
  return tokenInvalid(detail, { headers: { "www-authenticate": 'Bearer error="invalid_token"' }, cause });
}

/** The token is good, and its owner must prove once more who they are (RFC 9470). */
export function refuseWithoutStepUp(): Problem {
  return stepUpNeeded("Call POST /v1/sessions/current/step-up and repeat the call with the token it gives.", {
    headers: {
      "www-authenticate": `Bearer error="insufficient_user_authentication", max_age="${stepUpSeconds}"`,
    },
  });
}

/** What an answer needs is down and will be back; `retryAfterSeconds` is an advice. */
export function unavailable(detail: string, cause?: unknown, retryAfterSeconds = 1): Problem {
  return serviceUnavailable(detail, { headers: { "retry-after": String(retryAfterSeconds) }, cause });
}
