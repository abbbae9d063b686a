/**
 * What auth asks of Google: OpenID Connect's authorization code flow with PKCE (RFC 7636), by a certified client library,
 * which checks state, nonce, `iss` of answer and token (RFC 9207), audience, signature and times.
 */
import { Problem } from "@holdfast/chassis/problem";
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  AuthorizationResponseError,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  ClientError,
  ClientSecretPost,
  type Configuration,
  discovery,
  enableNonRepudiationChecks,
  ResponseBodyError,
} from "openid-client";
import { z } from "zod";
import { googleRefused, googleUnavailable } from "../problems.ts";

/** Whom Google says has signed in. */
export interface GoogleIdentity {
  /** Google's own id of the person; an address may change hands, this does not. */
  readonly subject: string;
  /** Lower case; null where Google does not vouch for it. */
  readonly verifiedEmail: string | null;
  readonly name: string;
}

/** One sign-in under way: what only this browser and this server know of it. */
export interface GoogleAttempt {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

export interface GoogleProvider {
  /**
   * Where the browser is sent.
   * @throws googleUnavailable
   */
  signInUrl(attempt: GoogleAttempt): Promise<URL>;
  /**
   * Redeems the answer the browser brought back, which is the query of the redirect URI. A code works once.
   * @throws googleRefused, googleUnavailable
   */
  redeem(attempt: GoogleAttempt, answer: URLSearchParams): Promise<GoogleIdentity>;
}

export interface GoogleSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Exactly as it is registered at Google. */
  readonly redirectUri: string;
}

const timeoutSeconds = 5;

/** What the provider published about itself is asked again after this. */
const knownForMs = 3_600_000;

/** The claims the scopes `openid email profile` give. */
const idTokenClaims = z.object({
  sub: z.string().min(1).max(255),
  email: z.email().max(254).toLowerCase().optional(),
  email_verified: z.union([z.boolean(), z.enum(["true", "false"])]).optional(),
  name: z.string().max(200).optional(),
});

/** Without settings nobody signs in with Google, and is told so. */
export function createGoogleProvider(settings: GoogleSettings | undefined): GoogleProvider {
  const configured = settings === undefined ? undefined : rememberProvider(settings);
  const known = async () => {
    if (configured === undefined) throw googleUnavailable("Sign-in with Google is not set up here.");
    return configured();
  };
  return {
    signInUrl: async ({ state, nonce, codeVerifier }) =>
      buildAuthorizationUrl(await known(), {
        redirect_uri: settings?.redirectUri ?? "",
        scope: "openid email profile",
        code_challenge: await calculatePKCECodeChallenge(codeVerifier),
        code_challenge_method: "S256",
        state,
        nonce,
      }),
    redeem: async ({ state, nonce, codeVerifier }, answer) => {
      const url = new URL(settings?.redirectUri ?? "http://unset.invalid");
      url.search = answer.toString();
      const checks = {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: codeVerifier,
        idTokenExpected: true,
      };
      try {
        const granted = await authorizationCodeGrant(await known(), url, checks);
        return identityOf(granted.claims());
      } catch (error) {
        throw toProblem(error);
      }
    },
  };
}

function rememberProvider({ issuer, clientId, clientSecret }: GoogleSettings) {
  let asked: { readonly configuration: Promise<Configuration>; readonly atMs: number } | undefined;
  return async (): Promise<Configuration> => {
    if (asked === undefined || performance.now() - asked.atMs > knownForMs) {
      // Only a stand-in on this machine is reached without TLS; the settings refuse any other.
      const insecure = issuer.startsWith("http:") ? [allowInsecureRequests] : [];
      // Without it an ID token's signature is not looked at: the library trusts the connection it came by.
      const execute = [enableNonRepudiationChecks, ...insecure];
      const options = { execute, timeout: timeoutSeconds };
      const configuration = discovery(
        new URL(issuer),
        clientId,
        undefined,
        ClientSecretPost(clientSecret),
        options,
      );
      asked = { configuration, atMs: performance.now() };
    }
    try {
      return await asked.configuration;
    } catch (error) {
      asked = undefined;
      throw toProblem(error);
    }
  };
}

function identityOf(claims: unknown): GoogleIdentity {
  const parsed = idTokenClaims.safeParse(claims);
  if (!parsed.success) throw googleRefused("Google's answer lacks what a sign-in needs.");
  const { sub, email, email_verified, name } = parsed.data;
  const isVerified = email_verified === true || email_verified === "true";
  return {
    subject: sub,
    verifiedEmail: isVerified && email !== undefined ? email : null,
    name: name?.trim() || (email?.split("@")[0] ?? "Guest"),
  };
}

/** The library's codes for an answer that never came, or came as no answer; all others found one wrong. */
const unanswered: readonly (string | undefined)[] = [
  undefined,
  "OAUTH_TIMEOUT",
  "OAUTH_ABORT",
  "OAUTH_PARSE_ERROR",
  "OAUTH_RESPONSE_IS_NOT_CONFORM",
  "OAUTH_RESPONSE_IS_NOT_JSON",
];

/** Google's refusal, or ours of what it answered; all else lies on the way to Google. */
function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof AuthorizationResponseError || error instanceof ResponseBodyError)
    return googleRefused(`Google answered ${error.error}.`, { cause: error });
  return error instanceof ClientError && !unanswered.includes(error.code)
    ? googleRefused("Google's answer does not hold.", { cause: error })
    : googleUnavailable(undefined, { cause: error, headers: { "retry-after": "5" } });
}
