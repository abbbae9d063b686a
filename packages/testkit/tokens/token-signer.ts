/** Stands in for auth where a test needs tokens and nothing else of it: signs them, publishes the key, keeps what is audited. */
import { generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { Role } from "@holdfast/contracts/access";
import { type AuditReport, reportAudit } from "@holdfast/contracts/api/audit";
import { type Id, newId } from "@holdfast/contracts/ids";

/** Whom a token speaks for, and how it differs from an ordinary one. */
export type TokenRequest = {
  /** A new user where not said; `svc:<name>` for a service. */
  userId?: Id<"usr"> | `svc:${string}`;
  roles: readonly Role[];
  sessionId?: Id<"ses">;
  /** Five minutes where not said; negative for one that has expired. */
  lifetimeSeconds?: number;
  /** What a browser must repeat with what changes something. */
  csrfToken?: string;
  /** How long ago its owner has proved who they are; not said in the token where not given. */
  provedSecondsAgo?: number;
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
  /** What services under test reported to the audit log. */
  readonly audited: AuditReport[];
  /** While true everything but the keys answers 503. */
  isDown: boolean;
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

  const audited: AuditReport[] = [];
  const state = { isDown: false };
  const server = createServer((request, response) => {
    answer(request, { jwks, audited, isDown: state.isDown, serviceToken }).then(
      ([status, body]) => respond(response, status, body),
      () => respond(response, 500, "{}"),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const signToken = (request: TokenRequest): string => {
    const { userId = newId("usr"), roles, sessionId, lifetimeSeconds, csrfToken, provedSecondsAgo } = request;
    const issuedAt = Math.floor(Temporal.Now.instant().epochMilliseconds / 1_000);
    const signed = [
      { alg: "EdDSA", typ: "at+jwt", kid },
      {
        iss: url,
        aud: audience,
        sub: userId,
        roles,
        ...(sessionId === undefined ? {} : { sid: sessionId }),
        ...(csrfToken === undefined ? {} : { csrf: csrfToken }),
        ...(provedSecondsAgo === undefined ? {} : { auth_time: issuedAt - provedSecondsAgo }),
        jti: randomUUID(),
        iat: issuedAt,
        exp: issuedAt + (lifetimeSeconds ?? ordinaryLifetimeSeconds),
      },
    ]
      .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
      .join(".");
    return `${signed}.${sign(null, Buffer.from(signed), privateKey).toString("base64url")}`;
  };
  const serviceToken = (client: string) => signToken({ userId: `svc:${client}`, roles: ["service"] });
  return {
    audited,
    get isDown() {
      return state.isDown;
    },
    set isDown(isDown) {
      state.isDown = isDown;
    },
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

function respond(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { "content-type": "application/json" }).end(body);
}

/** Any client's secret is right, and whoever reports is believed. */
async function answer(
  request: IncomingMessage,
  auth: {
    readonly jwks: string;
    readonly audited: AuditReport[];
    readonly isDown: boolean;
    readonly serviceToken: (client: string) => string;
  },
): Promise<[status: number, body: string]> {
  const body = await text(request);
  if (request.url === "/.well-known/jwks.json") return [200, auth.jwks];
  if (auth.isDown) return [503, "{}"];
  if (request.url === "/v1/oauth/token") {
    const token = auth.serviceToken(new URLSearchParams(body).get("client_id") ?? "");
    return [200, JSON.stringify({ access_token: token, token_type: "Bearer", expires_in: 300 })];
  }
  if (request.url !== reportAudit.path) return [404, "{}"];
  const { entries } = reportAudit.body!.parse(JSON.parse(body)) as { entries: AuditReport[] };
  auth.audited.push(...entries);
  return [204, ""];
}
