/** Auth on real servers, with accounts that are there at once and a way to read what is written to people. */
import { createClock } from "@holdfast/chassis/clock";
import { type Database, openDatabase } from "@holdfast/chassis/database";
import { createLogger } from "@holdfast/chassis/log";
import { type Transact, createTransactor } from "@holdfast/chassis/unit-of-work";
import type { Role } from "@holdfast/contracts/access";
import type { openMailTickets } from "@holdfast/contracts/api/accounts";
import type { TokensView } from "@holdfast/contracts/api/sessions";
import type { AccountMail } from "@holdfast/contracts/events/auth";
import type { Id } from "@holdfast/contracts/ids";
import { type EventLog, readEventLog } from "@holdfast/testkit/services/event-log";
import { type JsonAnswer, type JsonClient, jsonClient } from "@holdfast/testkit/services/json-client";
import { type ServicePlatform, startServicePlatform } from "@holdfast/testkit/services/service-platform";
import { until } from "@holdfast/testkit/until";
import type { z } from "zod";
import { authSettings } from "./auth-settings.fixture.ts";
import { readConfig } from "./config.ts";
import type { AuthTables } from "./database.ts";
import { createPasswordHasher } from "./passwords/password-hasher.ts";
import { startAuth } from "./service.ts";
import { addUser } from "./users/add-user.ts";

/** Everybody's password where a test says no other; it is good enough for every rule. */
export const usualPassword = "velvet-orbit-42-canyon";

/** An account of a test. */
export interface Account {
  readonly userId: Id<"usr">;
  readonly email: string;
  readonly name: string;
  readonly password: string;
}

/** A mail as the service that sends mails would write it. */
export type OpenedMail = z.output<NonNullable<typeof openMailTickets.answers.body>>["tickets"][number];

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** Connects to auth's database as another replica of it: what is written there is published by auth's own sweep. */
export function openAuthDatabase(url: string): AsyncDisposable & {
  readonly db: Database<AuthTables>["db"];
  readonly transact: Transact<AuthTables>;
} {
  const log = createLogger("test", "fatal");
  const database = openDatabase<AuthTables>({ url, poolSize: 2, applicationName: "auth-test", log });
  const outbox = { publishAtOnce: () => undefined };
  return {
    db: database.db,
    transact: createTransactor<AuthTables>({ db: database.db, outbox, log, name: "auth" }),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

let accounts = 0;
const hasher = createPasswordHasher({ hashing: authSettings.PASSWORD_HASHING, atOnce: 2, maxWaiting: 64 });

/** Adds an account, whose address counts as verified, with an address of its own where none is given. */
export async function addAccount(
  transact: Transact<AuthTables>,
  wanted: { email?: string; name?: string; password?: string; roles?: Role[] } = {},
): Promise<Account> {
  const email = wanted.email ?? `guest${(accounts += 1)}@example.com`;
  const { name = "Ana Silva", password = usualPassword, roles = ["customer"] } = wanted;
  const passwordHash = await (await hasher).hash(password);
  const now = createClock({ test: false }).now();
  const added = await transact((unit) => addUser(unit, { email, name, roles, passwordHash, now }));
  if (added === undefined) throw new Error(`${email} is taken`);
  return { userId: added.id, email, name, password };
}

/** The token of a service that calls auth. */
export async function serviceToken(
  url: string,
  name: "notification" | "gateway" = "notification",
): Promise<string> {
  const secret =
    name === "notification" ? authSettings.NOTIFICATION_CLIENT_SECRET : authSettings.GATEWAY_CLIENT_SECRET;
  const response = await fetch(new URL("/v1/oauth/token", url), {
    method: "POST",
    body: new URLSearchParams({ grant_type: "client_credentials", client_id: name, client_secret: secret }),
    signal: AbortSignal.timeout(5_000),
  });
  return ((await response.json()) as { access_token: string }).access_token;
}

export interface AuthWorld extends AsyncDisposable {
  readonly platform: ServicePlatform;
  /** Auth's address. */
  readonly url: string;
  readonly client: JsonClient;
  readonly events: EventLog;
  readonly db: Database<AuthTables>["db"];
  readonly transact: Transact<AuthTables>;
  /** What `readConfig` was given. */
  readonly environment: Readonly<Record<string, string>>;
  add(wanted?: Parameters<typeof addAccount>[1]): Promise<Account>;
  /** Signs in with the password; rejects where auth refuses. */
  logIn(account: Pick<Account, "email" | "password">): Promise<TokensView>;
  /** An account with tokens of a session of its own. */
  signedIn(wanted?: Parameters<typeof addAccount>[1]): Promise<Account & { readonly tokens: TokensView }>;
  /** A call with an access token. */
  as(token: string, request: Parameters<JsonClient>[0], body?: unknown): Promise<JsonAnswer>;
  /** The mails to that address that can be sent now, oldest first, of that kind; waits until there are as many. */
  mailsTo(email: string, mail: AccountMail, count?: number): Promise<OpenedMail[]>;
  /** The token in the newest of them. */
  mailToken(email: string, mail: AccountMail, count?: number): Promise<string>;
}

/** Starts auth once, for a file of tests. */
export async function startAuthWorld(settings: Readonly<Record<string, string>> = {}): Promise<AuthWorld> {
  await using starting = new AsyncDisposableStack();
  const platform = starting.use(await startServicePlatform("auth"));
  const environment = { ...platform.environment, ...authSettings, ...settings };
  const auth = starting.use(await startAuth(readConfig(environment)));
  const url = `http://127.0.0.1:${auth.port}`;
  const client = jsonClient(url);
  const events = starting.use(await readEventLog(platform.nats, "auth"));
  const { db, transact } = starting.use(openAuthDatabase(platform.database.urlFor("auth")));
  const token = await serviceToken(url);

  const add: AuthWorld["add"] = (wanted) => addAccount(transact, wanted);
  const logIn: AuthWorld["logIn"] = async ({ email, password }) => {
    const { status, body } = await client("POST /v1/sessions", { body: { email, password } });
    if (status !== 201) throw new Error(`signing in as ${email} answered ${status}: ${JSON.stringify(body)}`);
    return body as TokensView;
  };
  const mailsTo: AuthWorld["mailsTo"] = async (email, mail, count = 1) => {
    const found = async () => {
      const rows = await db
        .selectFrom("mail_tickets")
        .select("id")
        .where("mail", "=", mail)
        .orderBy("id")
        .execute();
      const ticketIds = rows.map(({ id }) => id).slice(-500);
      if (ticketIds.length === 0) return [];
      const { body } = await client("POST /internal/mail-tickets", {
        body: { ticketIds },
        headers: bearer(token),
      });
      return (body as { tickets: OpenedMail[] }).tickets
        .filter((ticket) => ticket.email === email)
        .toSorted((a, b) => (a.ticketId < b.ticketId ? -1 : 1));
    };
    return until(`${count} mails ${mail} to ${email}`, async () => {
      const tickets = await found();
      return tickets.length >= count ? tickets : undefined;
    });
  };
  const started = starting.move();
  return {
    platform,
    url,
    client,
    events,
    db,
    transact,
    environment,
    add,
    logIn,
    signedIn: async (wanted) => {
      const account = await add(wanted);
      return { ...account, tokens: await logIn(account) };
    },
    as: (accessToken, request, body) =>
      client(request, { headers: bearer(accessToken), ...(body === undefined ? {} : { body }) }),
    mailsTo,
    mailToken: async (email, mail, count) => {
      const newest = (await mailsTo(email, mail, count)).at(-1);
      const token = newest?.token ?? "";
      if (token === "") throw new Error(`${mail} to ${email} carries no link`);
      return token;
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}
