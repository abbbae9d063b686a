import { generateKeyPairSync, randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import Provider, { type Configuration } from "oidc-provider";
import { answerSignIn, isSignInPath, signInPath } from "./sign-in-page.ts";

/** Someone who can sign in at the stand-in; the claims are those Google issues for the scopes `openid email profile`. */
export type OpenidAccount = { sub: string; email: string; emailVerified: boolean; name: string };

export type OpenidProviderOptions = {
  /** Port on 127.0.0.1; 0 or left out takes a free one. */
  port?: number;
  clientId: string;
  clientSecret: string;
  redirectUris: string[];
  accounts: OpenidAccount[];
};

export type OpenidProvider = AsyncDisposable & {
  /** Issuer identifier; its discovery document is at `<issuer>/.well-known/openid-configuration`. */
  issuer: string;
};

/**
 * Starts an OpenID provider on a local port that stands in for Google: discovery, authorization code with PKCE (S256
 * only, demanded of everyone), and RS256 signing keys made at start. The client authenticates with
 * `client_secret_post`. All state is in memory, bounded, and gone when it stops.
 *
 * @throws when the port is taken or a redirect URI is not one the protocol allows.
 */
export async function startOpenidProvider(options: OpenidProviderOptions): Promise<OpenidProvider> {
  const server = createServer();
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  try {
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const provider = new Provider(issuer, configuration(options));
    // A client's metadata is otherwise checked at its first request: a bad redirect URI should fail the start.
    await provider.Client.find(options.clientId);
    serve(server, provider, options.accounts);
    return { issuer, [Symbol.asyncDispose]: () => stop(server) };
  } catch (error) {
    await stop(server);
    throw error;
  }
}

function serve(server: Server, provider: Provider, accounts: OpenidAccount[]): void {
  const protocol = provider.callback();
  server.on("request", (request, response) => {
    if (!isSignInPath(request.url ?? "")) {
      void protocol(request, response);
      return;
    }
    answerSignIn(provider, accounts, request, response).catch(() => {
      if (!response.headersSent) response.writeHead(400, { "content-type": "text/plain" });
      response.end("This sign-in has expired or was already used. Start again.\n");
    });
  });
}

async function stop(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}

function configuration({
  clientId,
  clientSecret,
  redirectUris,
  accounts,
}: OpenidProviderOptions): Configuration {
  const hour = 3_600;
  return {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: redirectUris,
        grant_types: ["authorization_code"],
        response_types: ["code"],
        token_endpoint_auth_method: "client_secret_post",
        id_token_signed_response_alg: "RS256",
      },
    ],
    jwks: { keys: [signingKey()] },
    cookies: { keys: [randomBytes(32).toString("base64url")] },
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    // Google puts these claims in the ID token itself, so a client need not ask the userinfo endpoint.
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    ttl: {
      AuthorizationCode: 60,
      AccessToken: hour,
      IdToken: hour,
      Interaction: hour,
      Session: hour,
      Grant: hour,
    },
    interactions: { url: (_context, interaction) => signInPath(interaction.uid) },
    clientBasedCORS: () => false,
    findAccount: (_context, sub) => {
      const account = accounts.find((candidate) => candidate.sub === sub);
      return account && { accountId: sub, claims: () => claimsOf(account) };
    },
    // Signing in is consenting: the one client is ours.
    async loadExistingGrant({ oidc }) {
      const { client, session, provider } = oidc;
      if (client === undefined || session?.accountId === undefined) return undefined;
      const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope("openid email profile");
      await grant.save();
      return grant;
    },
  };
}

function claimsOf({ sub, email, emailVerified, name }: OpenidAccount) {
  return { sub, email, email_verified: emailVerified, name };
}

function signingKey() {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { ...privateKey.export({ format: "jwk" }), kid: randomUUID(), use: "sig", alg: "RS256" };
}
