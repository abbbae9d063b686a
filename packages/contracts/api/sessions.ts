/** Signing in and out, and the tokens of a session. */
import { z } from "zod";
import { defineEndpoint } from "../define-endpoint.ts";
import { id } from "../ids.ts";
import { utcInstant } from "../values.ts";
import { email, userView } from "./accounts.ts";

/** What signing in and refreshing answer with. */
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

/** A code of an authenticator app, or one of the recovery codes. */
export const secondFactorCode = z
  .string()
  .trim()
  .min(6)
  .max(40)
  .meta({
    description: "Six digits from the authenticator app, or a recovery code",
    examples: ["492039"],
  });

/** What a sign-in that waits for its second factor is called. */
export const challenge = z
  .string()
  .max(200)
  .meta({ description: "From the refusal `auth/second-factor-needed`" });

export const credentials = z.strictObject({ email, password: z.string().max(256) });
export const secondStep = z.strictObject({ challenge, code: secondFactorCode });

/** Kept for a day, an answer would show who took an old token the one after it. */
const refreshedOnce = {
  none: "The refresh token is itself such a key: within 20 seconds it gives the same answer, and later it ends its session.",
};

export const logIn = defineEndpoint({
  name: "logIn",
  service: "auth",
  method: "post",
  path: "/v1/sessions",
  summary: "Sign in with e-mail and password",
  description:
    "Answers the same, and as fast, whether the account does not exist or the password is wrong. An account with a second factor is answered `auth/second-factor-needed` with a `challenge`.",
  access: "public",
  limit: "sensitive",
  body: credentials,
  answers: { status: 201, description: "An access token and a refresh token", body: tokensView },
  problems: [
    "auth/credentials-wrong",
    "auth/second-factor-needed",
    "auth/account-inactive",
    "auth/too-many-attempts",
    "auth/sign-in-spent",
  ],
});

export const passSecondFactor = defineEndpoint({
  name: "passSecondFactor",
  service: "auth",
  method: "post",
  path: "/v1/sessions/second-factor",
  summary: "Finish a sign-in that waits for its second factor",
  description: "A challenge lives five minutes and takes five tries. A code works once.",
  access: "public",
  limit: "sensitive",
  body: secondStep,
  answers: { status: 201, description: "An access token and a refresh token", body: tokensView },
  problems: [
    "auth/code-wrong",
    "auth/challenge-invalid",
    "auth/account-inactive",
    "auth/too-many-attempts",
    "auth/sign-in-spent",
  ],
});

export const refreshSession = defineEndpoint({
  name: "refreshSession",
  service: "auth",
  method: "post",
  path: "/v1/sessions/refresh",
  summary: "Exchange a refresh token for new tokens",
  description:
    "Each refresh token works once. Presenting a used one again after 20 seconds ends the whole session and tells its owner by mail; within them the same answer is given again.",
  access: "public",
  limit: "sensitive",
  body: z.strictObject({ refreshToken: z.string().max(512) }),
  idempotencyKey: refreshedOnce,
  answers: { status: 200, description: "New tokens", body: tokensView },
  problems: ["auth/refresh-token-invalid"],
});

/** One of the caller's sessions. */
export const sessionView = z
  .object({
    sessionId: id("ses"),
    /** The one that asks. */
    isCurrent: z.boolean(),
    method: z.enum(["password", "google"]),
    /** Browser and system, as the program named itself; empty where it did not. */
    device: z.string().meta({ examples: ["Firefox on Linux"] }),
    /** The network it was last used from, its last part left out. */
    network: z.string().meta({ examples: ["203.0.113.0/24"] }),
    /** ISO 3166 country, where the proxy in front of the gateway tells it. */
    country: z.string().nullable(),
    createdAt: utcInstant,
    lastUsedAt: utcInstant,
    expiresAt: utcInstant,
  })
  .meta({ id: "Session" });
export type SessionView = z.infer<typeof sessionView>;

export const listSessions = defineEndpoint({
  name: "listSessions",
  service: "auth",
  method: "get",
  path: "/v1/sessions",
  summary: "Where the caller is signed in, last used first",
  access: "session:manage:own",
  answers: {
    status: 200,
    description: "The sessions that live, a hundred at most",
    body: z.object({ items: z.array(sessionView) }),
  },
});

export const logOut = defineEndpoint({
  name: "logOut",
  service: "auth",
  method: "delete",
  path: "/v1/sessions/current",
  summary: "Sign out: end this session and all its tokens",
  access: "session:manage:own",
  answers: { status: 204, description: "The session has ended" },
});

export const endSession = defineEndpoint({
  name: "endSession",
  service: "auth",
  method: "delete",
  path: "/v1/sessions/{sessionId}",
  summary: "Sign out there: end one of the caller's sessions",
  access: "session:manage:own",
  params: z.object({ sessionId: id("ses") }),
  answers: { status: 204, description: "The session has ended" },
  problems: ["auth/session-not-found"],
});

export const endAllSessions = defineEndpoint({
  name: "endAllSessions",
  service: "auth",
  method: "delete",
  path: "/v1/sessions",
  summary: "Sign out everywhere, here too unless `except=current`",
  access: "session:manage:own",
  query: z.strictObject({ except: z.literal("current").optional() }),
  answers: { status: 204, description: "They have ended" },
});

export const stepUp = defineEndpoint({
  name: "stepUp",
  service: "auth",
  method: "post",
  path: "/v1/sessions/current/step-up",
  summary: "Prove again who one is, before a sensitive action",
  description:
    "With the second factor where the account has one, else with the password. The new access token counts as fresh for five minutes (`auth_time`, RFC 9470).",
  access: "session:manage:own",
  limit: "sensitive",
  body: z
    .strictObject({ password: z.string().max(256).optional(), code: secondFactorCode.optional() })
    .refine(
      ({ password, code }) => (password === undefined) !== (code === undefined),
      "must hold one of password and code",
    ),
  answers: {
    status: 200,
    description: "An access token that counts as fresh; the refresh token stays as it is",
    body: z.object({
      accessToken: z
        .string()
        .nullable()
        .meta({ description: "Null where the tokens are in cookies: the cookie is set anew" }),
      tokenType: z.literal("Bearer"),
      expiresInSeconds: z.int(),
    }),
  },
  problems: [
    "auth/credentials-wrong",
    "auth/code-wrong",
    "auth/second-factor-needed",
    "auth/second-factor-is-off",
    "auth/sign-in-again",
    "auth/account-inactive",
    "auth/too-many-attempts",
  ],
  sealedAnswer: true,
});

/** What a page that signs in gets: the tokens themselves are in cookies that no script reads. */
export const browserSessionView = z
  .object({
    csrfToken: z
      .string()
      .meta({ description: "To send as `X-CSRF-Token` with every call that changes something" }),
    expiresInSeconds: z.int(),
    user: userView,
  })
  .meta({ id: "BrowserSession" });
export type BrowserSessionView = z.infer<typeof browserSessionView>;

const browserMode =
  "Answers with cookies that are httpOnly, Secure and SameSite in place of tokens; the gateway takes them for an Authorization header, and asks for `X-CSRF-Token` with whatever changes something.";

export const logInBrowser = defineEndpoint({
  name: "logInBrowser",
  service: "auth",
  method: "post",
  path: "/v1/browser-sessions",
  summary: "Sign in with e-mail and password, in a browser",
  description: browserMode,
  access: "public",
  limit: "sensitive",
  body: credentials,
  answers: { status: 201, description: "The session; cookies are set", body: browserSessionView },
  problems: logIn.problems!,
});

export const passSecondFactorBrowser = defineEndpoint({
  name: "passSecondFactorBrowser",
  service: "auth",
  method: "post",
  path: "/v1/browser-sessions/second-factor",
  summary: "Finish a sign-in that waits for its second factor, in a browser",
  description: browserMode,
  access: "public",
  limit: "sensitive",
  body: secondStep,
  answers: { status: 201, description: "The session; cookies are set", body: browserSessionView },
  problems: passSecondFactor.problems!,
});

export const refreshBrowserSession = defineEndpoint({
  name: "refreshBrowserSession",
  service: "auth",
  method: "post",
  path: "/v1/browser-sessions/refresh",
  summary: "New cookies for the refresh cookie",
  description:
    "For a page of the gateway's own origin, which learns the session's CSRF token here after it was opened; from anywhere else it needs `X-CSRF-Token`.",
  access: "public",
  limit: "sensitive",
  idempotencyKey: refreshedOnce,
  answers: { status: 200, description: "The session; cookies are set", body: browserSessionView },
  problems: ["auth/refresh-token-invalid", "auth/csrf-token-wrong"],
});

export const logOutBrowser = defineEndpoint({
  name: "logOutBrowser",
  service: "auth",
  method: "delete",
  path: "/v1/browser-sessions/current",
  summary: "Sign out in a browser: end the session and clear its cookies",
  access: "session:manage:own",
  sealedAnswer: true,
  answers: { status: 204, description: "The session has ended; cookies are cleared" },
});
