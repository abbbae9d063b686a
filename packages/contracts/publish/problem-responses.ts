/** The problems every endpoint can answer, and those of one endpoint, as OpenAPI responses. */
import { type EndpointDefinition, keyTaken } from "../define-endpoint.ts";

const problemContent = { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } };

const retryAfter = {
  "Retry-After": {
    description: "Seconds to wait before asking again",
    schema: { type: "integer" as const, minimum: 1 },
  },
};

/** The schema of an RFC 9457 body. */
export const problemSchema = {
  type: "object" as const,
  description:
    "A refusal (RFC 9457). Programs decide by `code`; the sentences are for people and may change.",
  required: ["type", "title", "status", "code", "traceId"],
  properties: {
    type: { type: "string" as const, format: "uri-reference", examples: ["/problems#booking/slot-taken"] },
    title: { type: "string" as const, examples: ["The slot is taken."] },
    status: { type: "integer" as const, examples: [409] },
    code: { type: "string" as const, description: "Stable", examples: ["booking/slot-taken"] },
    detail: { type: "string" as const },
    instance: { type: "string" as const, format: "uri-reference" },
    traceId: { type: "string" as const, description: "What to quote when asking for help" },
    errors: {
      type: "array" as const,
      description: "Everything wrong with the request, all at once",
      items: {
        type: "object" as const,
        required: ["field", "message"],
        properties: {
          field: { type: "string" as const, examples: ["items.0.startsAt"] },
          message: { type: "string" as const },
          code: { type: "string" as const },
        },
      },
    },
  },
};

/** Responses that several endpoints share, by component name. */
export const problemComponents = {
  RequestRefused: {
    description:
      "The request cannot be understood or is not valid: `request/invalid`, `request/malformed-json`.",
    content: problemContent,
  },
  TokenRefused: {
    description: "No access token, or not a valid one: `auth/token-missing`, `auth/token-invalid`.",
    headers: {
      "WWW-Authenticate": { description: "The challenge (RFC 6750)", schema: { type: "string" as const } },
    },
    content: problemContent,
  },
  TokenOrStepUpRefused: {
    description:
      "No access token, or not a valid one, or its owner must prove again who they are: `auth/token-missing`, `auth/token-invalid`, `auth/step-up-needed`.",
    headers: {
      "WWW-Authenticate": {
        description: "The challenge (RFC 6750, RFC 9470)",
        schema: { type: "string" as const },
      },
    },
    content: problemContent,
  },
  Forbidden: {
    description:
      "The caller's roles, or the key's scopes, do not allow it: `auth/forbidden`; or a browser's call lacks its token: `auth/csrf-token-wrong`.",
    content: problemContent,
  },
  BodyTooLarge: { description: "The body is too large: `request/body-too-large`.", content: problemContent },
  NotJson: {
    description: "The body is not JSON: `request/unsupported-media-type`.",
    content: problemContent,
  },
  TooManyRequests: {
    description: "More requests than the limit allows: `limit/too-many-requests`.",
    headers: {
      ...retryAfter,
      RateLimit: {
        description: "What is left of the limit (draft-ietf-httpapi-ratelimit-headers)",
        schema: { type: "string" as const, examples: ['"ordinary";r=0;t=42'] },
      },
    },
    content: problemContent,
  },
  ServerFailed: { description: "A mistake of ours: `internal/error`.", content: problemContent },
  Unavailable: {
    description:
      "Something that is needed is down and will be back: `service/unavailable`, `service/draining`.",
    headers: retryAfter,
    content: problemContent,
  },
  TimedOut: { description: "The answer did not come in time: `service/timed-out`.", content: problemContent },
};

const reference = (name: keyof typeof problemComponents) => ({ $ref: `#/components/responses/${name}` });

const asList = (codes: readonly string[]) => codes.map((code) => `\`${code}\``).join(", ");

/** Codes that come with a declared way of calling, beyond those every endpoint has. */
function codesOf(endpoint: EndpointDefinition): string[] {
  if (keyTaken(endpoint) === "none") return [...(endpoint.problems ?? [])];
  return [
    ...(endpoint.problems ?? []),
    "request/idempotency-key-missing",
    // Nobody's key belongs to nobody: with another body it is another request.
    ...(endpoint.access === "public" ? [] : ["request/idempotency-key-reused"]),
    "request/idempotency-key-in-flight",
  ];
}

/** Every problem response of one endpoint. Its own codes stand under `4XX`: their status is the emitting service's. */
export function problemResponses(endpoint: EndpointDefinition) {
  const codes = codesOf(endpoint);
  const takesBody = endpoint.body !== undefined || endpoint.rawBody === true;
  const isChecked =
    endpoint.params !== undefined || endpoint.query !== undefined || endpoint.body !== undefined;
  return {
    ...(isChecked ? { "400": reference("RequestRefused") } : {}),
    ...(endpoint.access === "public"
      ? {}
      : {
          "401": reference(endpoint.stepUp === true ? "TokenOrStepUpRefused" : "TokenRefused"),
          "403": reference("Forbidden"),
        }),
    ...(takesBody ? { "413": reference("BodyTooLarge") } : {}),
    ...(endpoint.body === undefined ? {} : { "415": reference("NotJson") }),
    "429": reference("TooManyRequests"),
    ...(codes.length === 0
      ? {}
      : {
          "4XX": {
            description: `Refused: ${asList(codes)}.`,
            content: {
              "application/problem+json": {
                schema: {
                  allOf: [
                    { $ref: "#/components/schemas/Problem" },
                    {
                      type: "object" as const,
                      properties: { code: { type: "string" as const, examples: codes } },
                    },
                  ],
                },
              },
            },
          },
        }),
    "500": reference("ServerFailed"),
    "503": reference("Unavailable"),
    "504": reference("TimedOut"),
  } as const;
}
