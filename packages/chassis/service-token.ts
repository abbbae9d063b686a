/** The access token a service calls other services with (RFC 6749, client credentials). */
import { z } from "zod";
import { unavailable } from "./problems.ts";

export interface ServiceTokenSource {
  /**
   * A token that holds for a while yet; asked of auth only when the last one nears its end.
   * @throws serviceUnavailable when auth cannot be reached and no token is left
   */
  token(): Promise<string>;
}

export interface ServiceTokenOptions {
  readonly authUrl: string;
  /** The service's name, which is its client id. */
  readonly name: string;
  readonly secret: string;
}

const requestTimeoutMs = 2_000;

/** A token is renewed after half of its life, and after as long at the latest: the key that signed it may be withdrawn. */
const renewAfterMs = 60_000;

/** How soon a failed request may be repeated while the last token still holds. */
const retryAfterMs = 1_000;

const tokenResponse = z.object({
  access_token: z.string().min(1).max(8_192),
  token_type: z.string().regex(/^bearer$/i),
  expires_in: z.number().positive(),
});

async function requestToken({ authUrl, name, secret }: ServiceTokenOptions) {
  const response = await fetch(new URL("/v1/oauth/token", authUrl), {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ grant_type: "client_credentials", client_id: name, client_secret: secret }),
    signal: AbortSignal.timeout(requestTimeoutMs),
    redirect: "error",
  });
  if (!response.ok) throw new Error(`auth answered ${response.status} to a client credentials request`);
  return tokenResponse.parse(await response.json());
}

export function createServiceTokenSource(options: ServiceTokenOptions): ServiceTokenSource {
  let held: { token: string; renewAtMs: number; endsAtMs: number } | undefined;
  let inFlight: Promise<string> | undefined;

  const renew = async (): Promise<string> => {
    try {
      const granted = await requestToken(options);
      const lifeMs = granted.expires_in * 1_000;
      const now = performance.now();
      held = {
        token: granted.access_token,
        renewAtMs: now + Math.min(lifeMs / 2, renewAfterMs),
        endsAtMs: now + lifeMs,
      };
      return held.token;
    } catch (error) {
      if (held === undefined || performance.now() >= held.endsAtMs) {
        held = undefined;
        throw unavailable("The service cannot sign in to the others right now.", error);
      }
      held.renewAtMs = performance.now() + retryAfterMs;
      return held.token;
    } finally {
      inFlight = undefined;
    }
  };
  return {
    token: async () => {
      if (held !== undefined && performance.now() < held.renewAtMs) return held.token;
      return (inFlight ??= renew());
    },
  };
}
