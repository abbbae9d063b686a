/** Stands in for auth where a test needs tokens and nothing else of it: signs them, and publishes the key. */
import { generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Role } from "@holdfast/contracts/access";
import { type Id, newId } from "@holdfast/contracts/ids";

/** Whom a token speaks for, and how it differs from an ordinary one. */
export type TokenRequest = {
  /** A new user where not said; `svc:<name>` for a service. */
  userId?: Id<"usr"> | `svc:${string}`;
  roles: readonly Role[];
  sessionId?: Id<"ses">;
  /** Five minutes where not said; negative for one that has expired. */
  lifetimeSeconds?: number;
};

export type TokenSigner = AsyncDisposable & {
  /** What a service under test is given as `AUTH_URL`, `TOKEN_ISSUER` and `TOKEN_AUDIENCE`. */
  readonly url: string;
  readonly issuer: string;
  readonly audience: string;
  /** An access token as auth issues them: RFC 9068, EdDSA. */
  sign(request: TokenRequest): string;
  /** The header that goes with a request: `{ authorization: "Bearer …" }`. */
  authorization(request: TokenRequest): { authorization: string };
};

const ordinaryLifetimeSeconds = 300;

/** Starts it on a free port of this machine, with a key of its own. */
export async function startTokenSigner(options: { audience?: string } = {}): Promise<TokenSigner> {
  const audience = options.audience ?? "holdfast";
  const kid = randomUUID();
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const jwks = JSON.stringify({
    keys: [{ ...publicKey.export({ format: "jwk" }), kid, use: "sig", alg: "EdDSA" }],
  });

  const server = createServer((request, response) => {
    const isKnown = request.url === "/.well-known/jwks.json";
    response
      .writeHead(isKnown ? 200 : 404, { "content-type": "application/json" })
      .end(isKnown ? jwks : "{}");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const signToken = ({ userId = newId("usr"), roles, sessionId, lifetimeSeconds }: TokenRequest): string => {
    const issuedAt = Math.floor(Temporal.Now.instant().epochMilliseconds / 1_000);
    const signed = [
      { alg: "EdDSA", typ: "at+jwt", kid },
      {
        iss: url,
        aud: audience,
        sub: userId,
        roles,
        ...(sessionId === undefined ? {} : { sid: sessionId }),
        jti: randomUUID(),
        iat: issuedAt,
        exp: issuedAt + (lifetimeSeconds ?? ordinaryLifetimeSeconds),
      },
    ]
      .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
      .join(".");
    return `${signed}.${sign(null, Buffer.from(signed), privateKey).toString("base64url")}`;
  };
  return {
    url,
    issuer: url,
    audience,
    sign: signToken,
    authorization: (request) => ({ authorization: `Bearer ${signToken(request)}` }),
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
