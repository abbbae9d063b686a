/** Auth's composition root. */
import { type Foundation, openFoundation } from "@holdfast/chassis/foundation";
import type { Revocations } from "@holdfast/chassis/revocations";
import type { RunningService } from "@holdfast/chassis/run";
import { every } from "@holdfast/chassis/sweep";
import { createTokenVerifier } from "@holdfast/chassis/tokens";
import { endGoogleSignIn } from "@holdfast/contracts/api/google";
import { openOwnAudit } from "./audit/own-audit.ts";
import { sweepAuditLog } from "./audit/sweep-audit-log.ts";
import { createAttempts } from "./attempts/attempts.ts";
import { createServiceClients } from "./clients/service-clients.ts";
import type { AuthConfig } from "./config.ts";
import { consumers } from "./consumers.ts";
import type { AuthTables } from "./database.ts";
import type { AuthDependencies } from "./dependencies.ts";
import { authRoutes } from "./http.ts";
import { createGoogleProvider, type GoogleSettings } from "./google/google-provider.ts";
import { sweepAttempts } from "./google/sweep-attempts.ts";
import { createAccessTokenIssuer } from "./keys/access-tokens.ts";
import { createKeyring, type Keyring } from "./keys/keyring.ts";
import { deriveKey } from "@holdfast/chassis/sealing";
import { createMailTokens } from "./mails/mail-tokens.ts";
import { sweepMails } from "./mails/sweep-mails.ts";
import { createPasswordHasher } from "./passwords/password-hasher.ts";
import { createPersonalDataSource } from "./personal-data/ask-services.ts";
import { sweepChallenges } from "./second-factor/sweep-challenges.ts";
import { secondFactorKeys } from "./second-factor/second-factor-keys.ts";
import { publishingRevocations, publishRevocations } from "./sessions/publish-revocations.ts";
import { sweepSessions } from "./sessions/sweep-sessions.ts";
import { ensureAdmin } from "./users/ensure-admin.ts";

/** Passwords hashed at the same time: 19 MiB and one core each. Those who wait are served within about two seconds. */
const hashes = { atOnce: 2, maxWaiting: 64 };

const sweepIntervalMs = 30_000;

/** What runs out is deleted, a bounded part at a time. */
const sweeps = {
  sessions: sweepSessions,
  mails: sweepMails,
  challenges: sweepChallenges,
  "oauth-attempts": sweepAttempts,
} as const;

const auditSweepIntervalMs = 3_600_000;

const dayMs = 86_400_000;

/** Starts auth; it serves when this resolves. */
export async function startAuth(config: AuthConfig): Promise<RunningService> {
  await using starting = new AsyncDisposableStack();
  const migrations = new URL("./migrations/", import.meta.url);
  const foundation = starting.use(await openFoundation<AuthTables>({ name: "auth", config, migrations }));
  const keyring = starting.use(
    await createKeyring(foundation, deriveKey(config.KEY_ENCRYPTION_SECRET, "auth/signing-keys"), {
      rotateAfterMs: config.KEY_ROTATION_DAYS * dayMs,
    }),
  );
  const publisher = publishRevocations(foundation);
  foundation.onDrain(async () => publisher[Symbol.asyncDispose]());
  const transact = publishingRevocations(foundation.transact, publisher);
  const deps = await dependencies(foundation, transact, config, keyring);
  if (config.ADMIN_EMAIL !== undefined && config.ADMIN_PASSWORD !== undefined) {
    await ensureAdmin(
      { ...deps, log: foundation.log },
      { email: config.ADMIN_EMAIL, password: config.ADMIN_PASSWORD },
    );
  }

  const { log } = foundation;
  for (const [name, sweep] of Object.entries(sweeps)) {
    const sweeping = every({ name, intervalMs: sweepIntervalMs, work: () => sweep(deps), log });
    foundation.onDrain(async () => sweeping[Symbol.asyncDispose]());
  }
  const audit = starting.use(openOwnAudit(foundation));
  foundation.onDrain(() => audit.drain());
  starting.use(
    every({
      name: "audit-log",
      intervalMs: auditSweepIntervalMs,
      work: () => sweepAuditLog(foundation.db),
      log,
    }),
  );
  foundation.startConsumers(consumers());
  const server = await foundation.serve(authRoutes(deps), {
    audit,
    tokens: ownVerifier(config, keyring, foundation.revocations),
  });

  const opened = starting.move();
  return {
    port: server.port,
    drain: () => foundation.drain(),
    [Symbol.asyncDispose]: async () => opened.disposeAsync(),
  };
}

async function dependencies(
  { db, clock, redis, log, metrics }: Foundation<AuthTables>,
  transact: AuthDependencies["transact"],
  config: AuthConfig,
  keyring: Keyring,
): Promise<AuthDependencies> {
  const accessTokens = createAccessTokenIssuer({
    keyring,
    issuer: config.TOKEN_ISSUER,
    audience: config.TOKEN_AUDIENCE,
  });
  return {
    db,
    transact,
    clock,
    passwords: await createPasswordHasher({ hashing: config.PASSWORD_HASHING, ...hashes }),
    accessTokens,
    personalData: createPersonalDataSource({ urls: otherUrls(config), accessTokens, clock }),
    jwks: () => keyring.jwks(),
    keyring,
    repetitionSecret: deriveKey(config.KEY_ENCRYPTION_SECRET, "auth/repetition"),
    successorSecret: deriveKey(config.KEY_ENCRYPTION_SECRET, "auth/refresh-successors"),
    mailTokens: createMailTokens(deriveKey(config.KEY_ENCRYPTION_SECRET, "auth/mail-links")),
    secondFactorKeys: secondFactorKeys(config.KEY_ENCRYPTION_SECRET),
    attempts: createAttempts({
      db,
      clock,
      redis,
      log,
      metrics,
      perNetwork: config.FAILED_ATTEMPTS_PER_NETWORK,
    }),
    google: createGoogleProvider(googleSettings(config)),
    clients: createServiceClients({
      notification: config.NOTIFICATION_CLIENT_SECRET,
      gateway: config.GATEWAY_CLIENT_SECRET,
      catalog: config.CATALOG_CLIENT_SECRET,
      booking: config.BOOKING_CLIENT_SECRET,
      payment: config.PAYMENT_CLIENT_SECRET,
    }),
  };
}

function otherUrls(config: AuthConfig) {
  return {
    catalog: config.CATALOG_URL,
    booking: config.BOOKING_URL,
    payment: config.PAYMENT_URL,
    notification: config.NOTIFICATION_URL,
  };
}

function googleSettings(config: AuthConfig): GoogleSettings | undefined {
  const { GOOGLE_ISSUER: issuer, GOOGLE_CLIENT_ID: clientId, GOOGLE_CLIENT_SECRET: clientSecret } = config;
  if (clientId === undefined || clientSecret === undefined || config.PUBLIC_URL === undefined)
    return undefined;
  return {
    issuer,
    clientId,
    clientSecret,
    redirectUri: new URL(endGoogleSignIn.path, config.PUBLIC_URL).href,
  };
}

/** Checks tokens as every service does, with the keys at hand: auth needs no way over the network to itself. */
function ownVerifier(config: AuthConfig, keyring: Keyring, revocations: Revocations) {
  return createTokenVerifier({
    jwks: async () => ({ keys: [...(await keyring.jwks()).keys] }),
    issuer: config.TOKEN_ISSUER,
    audience: config.TOKEN_AUDIENCE,
    revocations,
  });
}
