/** An OpenID provider that answers as no honest one does: each code is redeemed with what the attack says. */
import { generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { hmac, type Signer, signed } from "../jwt/forgery.ts";

/** What the token endpoint answers. */
export interface TokenAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
  /** How late. */
  readonly afterMs?: number;
}

/** What an answer is made of. */
export interface Redeemed {
  readonly issuer: string;
  readonly clientId: string;
  /** That the client sent for this attempt. */
  readonly nonce: string;
  /** An ID token of the provider's own key, with these members changed. */
  readonly idToken: (
    claims?: Readonly<Record<string, unknown>>,
    header?: Readonly<Record<string, unknown>>,
    signer?: Signer,
  ) => string;
  /** Signs with a key that the provider never published. */
  readonly stranger: Signer;
  /** Signs with the client's secret. */
  readonly secret: Signer;
}

export interface HostileProvider extends AsyncDisposable {
  readonly issuer: string;
  /** A code that is redeemed with that, for the attempt of this nonce. */
  code(nonce: string, answer: (redeemed: Redeemed) => TokenAnswer): string;
}

const rsaSigner = (): { readonly jwk: object; readonly signer: Signer } => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  return {
    jwk: { ...publicKey.export({ format: "jwk" }), kid: "hostile", use: "sig", alg: "RS256" },
    signer: (input) => sign("sha256", Buffer.from(input), privateKey),
  };
};

/** The ordinary answer, with that ID token. */
export function tokens(idToken: string | undefined): TokenAnswer {
  const body = { access_token: "opaque", token_type: "Bearer", expires_in: 60, id_token: idToken };
  return { body: JSON.stringify(body) };
}

function metadataOf(issuer: string): object {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ["code"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["RS256"],
    authorization_response_iss_parameter_supported: true,
  };
}

/** Starts it on a free port of this machine. */
export async function startHostileProvider(client: {
  readonly clientId: string;
  readonly clientSecret: string;
}): Promise<HostileProvider> {
  const own = rsaSigner();
  const stranger = rsaSigner();
  const answers = new Map<string, () => TokenAnswer>();
  const closing = new AbortController();
  const respond = async (url: string, body: string, response: ServerResponse): Promise<void> => {
    if (url === "/.well-known/openid-configuration")
      return void response.end(JSON.stringify(metadataOf(issuer)));
    if (url === "/jwks") return void response.end(JSON.stringify({ keys: [own.jwk] }));
    const made = answers.get(new URLSearchParams(body).get("code") ?? "")?.();
    if (made === undefined) return void response.writeHead(400).end('{"error":"invalid_grant"}');
    await pause(made.afterMs ?? 0, undefined, { signal: closing.signal }).catch(() => undefined);
    response.writeHead(made.status ?? 200, { "content-type": "application/json", ...made.headers });
    response.end(made.body);
  };
  const server = createServer((request, response) => {
    response.setHeader("content-type", "application/json");
    text(request)
      .then((body) => respond(request.url ?? "", body, response))
      .catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    issuer,
    code: (nonce, answer) => {
      const code = randomUUID();
      const idToken: Redeemed["idToken"] = (claims, header, signer = own.signer) => {
        const seconds = Math.floor(Date.now() / 1_000);
        const usual = {
          iss: issuer,
          aud: client.clientId,
          sub: `hostile-${code}`,
          email: `${code}@hostile.example`,
          email_verified: true,
          nonce,
          iat: seconds,
          exp: seconds + 60,
        };
        return signed({ alg: "RS256", kid: "hostile", ...header }, { ...usual, ...claims }, signer);
      };
      answers.set(code, () =>
        answer({
          issuer,
          clientId: client.clientId,
          nonce,
          idToken,
          stranger: stranger.signer,
          secret: hmac(client.clientSecret),
        }),
      );
      return code;
    },
    [Symbol.asyncDispose]: async () => {
      closing.abort();
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
