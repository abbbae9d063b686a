/** Auth's endpoints: registering, sessions, keys, and what other services may ask. */
import { z } from "zod";
import { roles } from "../access.ts";
import { defineEndpoint } from "../define-endpoint.ts";
import { id } from "../ids.ts";
import { utcInstant } from "../values.ts";

const email = z
  .email()
  .max(254)
  .toLowerCase()
  .meta({ description: "E-mail address", examples: ["ana@example.com"] });
const password = z
  .string()
  .min(12)
  .max(256)
  .meta({ description: "At least 12 characters", format: "password" });

/** A user's own view of their account. */
export const userView = z
  .object({
    userId: id("usr"),
    email: z.string(),
    name: z.string(),
    roles: z.array(z.enum(roles)),
    createdAt: utcInstant,
  })
  .meta({ id: "User" });
export type UserView = z.infer<typeof userView>;

/** What logging in and refreshing answer with. */
export const tokensView = z
  .object({
    accessToken: z.string().meta({ description: "JWT to send as `Authorization: Bearer …`" }),
    tokenType: z.literal("Bearer"),
    expiresInSeconds: z.int(),
    refreshToken: z.string().meta({ description: "Opaque, for one use; each refresh gives a new one" }),
    user: userView,
  })
  .meta({ id: "Tokens" });
export type TokensView = z.infer<typeof tokensView>;

export const registerUser = defineEndpoint({
  name: "registerUser",
  service: "auth",
  method: "post",
  path: "/v1/users",
  summary: "Register an account",
  access: "public",
  limit: "sensitive",
  body: z.strictObject({
    email,
    password,
    name: z.string().trim().min(1).max(200),
    role: z.enum(["customer", "vendor"]).default("customer"),
  }),
  answers: { status: 201, description: "The account", body: userView },
  problems: ["auth/email-taken", "auth/password-too-weak"],
});

export const logIn = defineEndpoint({
  name: "logIn",
  service: "auth",
  method: "post",
  path: "/v1/sessions",
  summary: "Log in with e-mail and password",
  access: "public",
  limit: "sensitive",
  body: z.strictObject({ email, password: z.string().max(256) }),
  answers: { status: 201, description: "An access token and a refresh token", body: tokensView },
  problems: ["auth/credentials-wrong"],
});

export const refreshSession = defineEndpoint({
  name: "refreshSession",
  service: "auth",
  method: "post",
  path: "/v1/sessions/refresh",
  summary: "Exchange a refresh token for new tokens",
  description:
    "Each refresh token works once. Presenting a used one again after 20 seconds ends the whole session; within them the same answer is given again.",
  access: "public",
  limit: "sensitive",
  body: z.strictObject({ refreshToken: z.string().max(512) }),
  answers: { status: 200, description: "New tokens", body: tokensView },
  problems: ["auth/refresh-token-invalid"],
});

export const logOut = defineEndpoint({
  name: "logOut",
  service: "auth",
  method: "delete",
  path: "/v1/sessions/current",
  summary: "Log out: end this session and all its refresh tokens",
  access: "session:manage:own",
  answers: { status: 204, description: "The session has ended" },
});

export const getMe = defineEndpoint({
  name: "getMe",
  service: "auth",
  method: "get",
  path: "/v1/me",
  summary: "The caller's own account",
  access: "profile:read:own",
  answers: { status: 200, description: "The account", body: userView },
});

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
  answers: {
    status: 200,
    description: "An access token",
    body: z.object({ access_token: z.string(), token_type: z.literal("Bearer"), expires_in: z.int() }),
  },
  problems: ["auth/client-invalid"],
});

/** How to reach people; only services may ask, and nothing of it is put into an event. */
export const getContacts = defineEndpoint({
  name: "getContacts",
  service: "auth",
  method: "post",
  path: "/internal/contacts",
  summary: "Addresses of users, for the service that writes to them",
  access: "service",
  body: z.strictObject({ userIds: z.array(id("usr")).min(1).max(500) }),
  answers: {
    status: 200,
    description: "The contacts that exist",
    body: z.object({
      contacts: z.array(z.object({ userId: id("usr"), email: z.string(), name: z.string() })),
    }),
  },
});
