/** API keys of integrators: made by an account, never able to do more than it, kept as a hash. */
import { z } from "zod";
import { scopes } from "../access.ts";
import { defineEndpoint } from "../define-endpoint.ts";
import { id } from "../ids.ts";
import { instant, utcInstant } from "../values.ts";

/** A key as its owner sees it. */
export const apiKeyView = z
  .object({
    keyId: id("key"),
    name: z.string(),
    prefix: z.string().meta({ description: "How the key begins", examples: ["hfk_9f2mK1xQ"] }),
    scopes: z.array(z.enum(scopes)),
    createdAt: utcInstant,
    expiresAt: utcInstant.nullable(),
    /** To the minute; null where it was never used. */
    lastUsedAt: utcInstant.nullable(),
    /** Until when the key before this one works, after a rotation. */
    previousWorksUntil: utcInstant.nullable(),
  })
  .meta({ id: "ApiKey" });
export type ApiKeyView = z.infer<typeof apiKeyView>;

const madeKey = z.object({
  apiKey: apiKeyView,
  key: z.string().meta({
    description: "The key itself, to send as `Authorization: Bearer hfk_…`; shown now and never again",
  }),
});

const keyParams = z.object({ keyId: id("key") });

export const createApiKey = defineEndpoint({
  name: "createApiKey",
  service: "auth",
  method: "post",
  path: "/v1/api-keys",
  summary: "Make an API key",
  access: "api-key:manage:own",
  stepUp: true,
  body: z.strictObject({
    name: z.string().trim().min(1).max(100),
    scopes: z
      .array(z.enum(scopes))
      .min(1)
      .max(scopes.length)
      .refine((given) => new Set(given).size === given.length, "must not repeat a scope"),
    expiresAt: instant.optional(),
  }),
  sealedAnswer: true,
  answers: { status: 201, description: "The key", body: madeKey },
  problems: ["auth/scope-not-held", "auth/too-many-api-keys", "auth/expiry-passed"],
});

export const listApiKeys = defineEndpoint({
  name: "listApiKeys",
  service: "auth",
  method: "get",
  path: "/v1/api-keys",
  summary: "The caller's API keys, newest first",
  access: "api-key:manage:own",
  answers: {
    status: 200,
    description: "The keys that work, fifty at most",
    body: z.object({ items: z.array(apiKeyView) }),
  },
});

export const rotateApiKey = defineEndpoint({
  name: "rotateApiKey",
  service: "auth",
  method: "post",
  path: "/v1/api-keys/{keyId}/rotations",
  summary: "Another key in the place of this one, which works for a while yet",
  description:
    "For keys that have not leaked: tokens made from the one before live up to five minutes longer. One that has leaked is revoked.",
  access: "api-key:manage:own",
  stepUp: true,
  params: keyParams,
  body: z.strictObject({
    previousWorksForHours: z.int().min(0).max(168).default(24),
  }),
  sealedAnswer: true,
  answers: { status: 201, description: "The new key", body: madeKey },
  problems: ["auth/api-key-not-found"],
});

export const revokeApiKey = defineEndpoint({
  name: "revokeApiKey",
  service: "auth",
  method: "delete",
  path: "/v1/api-keys/{keyId}",
  summary: "The key works no longer, nor do tokens made from it",
  access: "api-key:manage:own",
  params: keyParams,
  answers: { status: 204, description: "It is revoked" },
  problems: ["auth/api-key-not-found"],
});

/** The gateway exchanges a key for an access token, once in a while, and sends that on. */
export const exchangeApiKey = defineEndpoint({
  name: "exchangeApiKey",
  service: "auth",
  method: "post",
  path: "/internal/api-keys/exchange",
  summary: "An access token with the key's scopes, for the gateway",
  access: "service",
  body: z.strictObject({ key: z.string().max(200) }),
  idempotencyKey: { none: "A question: it is answered by what is true when it is asked." },
  answers: {
    status: 200,
    description: "The token; null where the key does not work",
    body: z.object({ accessToken: z.string().nullable(), expiresInSeconds: z.int() }),
  },
});
