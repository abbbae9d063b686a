/** What machines ask of auth: its public keys, and tokens for services. */
import { z } from "zod";
import { defineEndpoint } from "../define-endpoint.ts";

export const getJwks = defineEndpoint({
  name: "getJwks",
  service: "auth",
  method: "get",
  path: "/.well-known/jwks.json",
  summary: "Public keys that access tokens are signed with (RFC 7517)",
  access: "public",
  answers: { status: 200, description: "A JWK set", body: z.object({ keys: z.array(z.looseObject({})) }) },
});

export const issueServiceToken = defineEndpoint({
  name: "issueServiceToken",
  service: "auth",
  method: "post",
  path: "/v1/oauth/token",
  summary: "A token for another service (OAuth 2.0 client credentials, RFC 6749 section 4.4)",
  description:
    "The form-encoded body holds `grant_type=client_credentials`, `client_id` and `client_secret`.",
  access: "public",
  limit: "sensitive",
  rawBody: true,
  idempotencyKey: { none: "OAuth knows no such key, and another token is as good as the first." },
  answers: {
    status: 200,
    description: "An access token",
    body: z.object({ access_token: z.string(), token_type: z.literal("Bearer"), expires_in: z.int() }),
  },
  problems: ["auth/client-invalid"],
});
