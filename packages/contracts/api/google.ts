/** Sign-in with Google: OpenID Connect, authorization code with PKCE (RFC 7636), state, nonce and `iss` (RFC 9207). */
import { z } from "zod";
import { defineEndpoint } from "../define-endpoint.ts";

export const beginGoogleSignIn = defineEndpoint({
  name: "beginGoogleSignIn",
  service: "auth",
  method: "get",
  path: "/v1/sessions/google",
  summary: "Sends the browser to Google to sign in",
  description:
    "Sets a cookie that ties the attempt to this browser. An attempt lives ten minutes and works once.",
  access: "public",
  limit: "sensitive",
  query: z.strictObject({
    returnTo: z
      .string()
      .max(500)
      .regex(/^\/(?![/\\])[^\\\p{Cc}]*$/u, "must be a path of this site")
      .default("/")
      .meta({ description: "Path the browser ends at" }),
  }),
  answers: { status: 303, description: "To Google" },
  problems: ["auth/google-unavailable"],
});

export const endGoogleSignIn = defineEndpoint({
  name: "endGoogleSignIn",
  service: "auth",
  method: "get",
  path: "/v1/sessions/google/callback",
  summary: "Where Google sends the browser back to: signs in, with cookies",
  description:
    "A Google identity that is new signs in to the account that has its verified address, or makes one. An account with a second factor is sent on with `#challenge=…` in place of cookies.",
  access: "public",
  limit: "sensitive",
  query: z.looseObject({
    state: z.string().max(500).optional(),
    code: z.string().max(2_048).optional(),
    iss: z.string().max(500).optional(),
    error: z.string().max(200).optional(),
  }),
  answers: { status: 303, description: "To where the sign-in began" },
  problems: ["auth/google-refused", "auth/google-unavailable", "auth/account-inactive"],
});
