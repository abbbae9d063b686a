import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  sessionEnded,
  userErased,
  userMailRequested,
  userStatusChanged,
} from "@holdfast/contracts/events/auth";
import { newId } from "@holdfast/contracts/ids";
import { until } from "@holdfast/testkit/until";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type AuthWorld, bearer, startAuthWorld } from "../auth-world.fixture.ts";

let world: AuthWorld;
/** Stands in for the four other services, which answer alike. */
let others: Server;
/** Who asked for what, and what is answered. */
let asked: { url: string; authorization: string | undefined }[] = [];
let bookingsToCome = 0;
let silent: string | undefined;

const erasure = { confirm: "erase my data" };
const serviceOf = (url: string) => url.split("/")[3];

beforeAll(async () => {
  others = createServer(({ url = "", headers }, response) => {
    asked.push({ url, authorization: headers.authorization });
    if (serviceOf(url) === silent) {
      response.writeHead(503).end();
      return;
    }
    const data = { rows: [{ from: serviceOf(url) }] };
    response
      .setHeader("content-type", "application/json")
      .end(JSON.stringify({ data, bookingsToCome, vendorsOwned: 0 }));
  });
  others.listen(0, "127.0.0.1");
  await once(others, "listening");
  const url = `http://127.0.0.1:${(others.address() as AddressInfo).port}`;
  world = await startAuthWorld({
    CATALOG_URL: url,
    BOOKING_URL: url,
    PAYMENT_URL: url,
    NOTIFICATION_URL: url,
  });
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  others.close();
  others.closeAllConnections();
});
beforeEach(() => {
  asked = [];
  bookingsToCome = 0;
  silent = undefined;
});

test("one's data comes from every service at once, asked in auth's own name, and without secrets", async () => {
  const me = await world.signedIn();
  const { status, body } = await world.as(me.tokens.accessToken, "GET /v1/me/export");
  expect(status).toBe(200);
  const { services } = body as { services: Record<string, Record<string, Record<string, unknown>[]>> };
  expect(Object.keys(services).toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
    "auth",
    "booking",
    "catalog",
    "notification",
    "payment",
  ]);
  expect(services["booking"]).toEqual({ rows: [{ from: "booking" }] });
  expect(services["auth"]!["account"]).toMatchObject([{ email: me.email, name: me.name }]);
  expect(services["auth"]!["sessions"]).toHaveLength(1);
  expect(JSON.stringify(body)).not.toMatch(/argon2|passwordHash|csrfToken|"hash"/);
  expect(asked.map(({ url }) => url.split("/").at(-1))).toEqual(Array.from({ length: 4 }, () => me.userId));
  const claims = JSON.parse(
    Buffer.from(asked[0]!.authorization!.split(".")[1]!, "base64url").toString(),
  ) as Record<string, unknown>;
  expect(claims).toMatchObject({ sub: "svc:auth", roles: ["service"] });
});

test("nobody is given half of their data as all of it: who does not answer is named", async () => {
  const me = await world.signedIn();
  silent = "payment";
  const { status, body } = await world.as(me.tokens.accessToken, "GET /v1/me/export");
  expect([status, (body as { detail: string }).detail]).toEqual([503, expect.stringContaining("payment")]);
});

test("an account is not closed while bookings are to come, nor while that cannot be known", async () => {
  const me = await world.signedIn();
  bookingsToCome = 2;
  const refused = await world.as(me.tokens.accessToken, "POST /v1/me/erasure", erasure);
  expect(refused).toMatchObject({
    status: 409,
    body: { code: "auth/bookings-to-come", bookingsToCome: 2 },
  });
  silent = "booking";
  expect((await world.as(me.tokens.accessToken, "POST /v1/me/erasure", erasure)).status).toBe(503);
  expect((await world.as(me.tokens.accessToken, "GET /v1/me")).status).toBe(200);
});

test("the only owner of a vendor names another one first; one of two may go", async () => {
  const me = await world.signedIn();
  const vendorId = newId("vnd");
  await world.db
    .insertInto("vendor_members")
    .values({ vendor_id: vendorId, user_id: me.userId, role: "owner", version: 1 })
    .execute();
  const refused = await world.as(me.tokens.accessToken, "POST /v1/me/erasure", erasure);
  expect(refused).toMatchObject({ status: 409, body: { code: "auth/owns-vendors", vendorIds: [vendorId] } });
  await world.db
    .insertInto("vendor_members")
    .values({ vendor_id: vendorId, user_id: newId("usr"), role: "owner", version: 2 })
    .execute();
  expect((await world.as(me.tokens.accessToken, "POST /v1/me/erasure", erasure)).status).toBe(202);
});

test("the only administrator stays", async () => {
  const admin = await world.signedIn({ roles: ["admin"] });
  const refused = await world.as(admin.tokens.accessToken, "POST /v1/me/erasure", erasure);
  expect(refused).toMatchObject({ status: 409, body: { code: "auth/last-administrator" } });
});

test("an account that is closed works nowhere, is told to everybody, and leaves no name and no address", async () => {
  const mark = `mark${Date.now()}`;
  const me = await world.signedIn({ email: `${mark}@example.com`, name: `Name ${mark}` });
  const under = (key: string) => ({ ...bearer(me.tokens.accessToken), "idempotency-key": `${mark}-${key}` });
  const apiKey = { name: `Key ${mark}`, scopes: ["booking:read:own"] };
  const made = await world.client("POST /v1/api-keys", { body: apiKey, headers: under("key") });
  const profile = { body: { name: `Other ${mark}` }, headers: under("profile") };
  expect([made.status, (await world.client("PATCH /v1/me", profile)).status]).toEqual([201, 200]);
  const closed = await world.client("POST /v1/me/erasure", { body: erasure, headers: under("erasure") });
  expect(closed.status).toBe(202);

  const again = { email: me.email, password: me.password };
  expect((await world.client("POST /v1/sessions", { body: again })).status).toBe(401);
  const { refreshToken } = me.tokens;
  expect((await world.client("POST /v1/sessions/refresh", { body: { refreshToken } })).status).toBe(401);
  await until("its token to be refused", async () => {
    const { status } = await world.client("GET /v1/me", { headers: bearer(me.tokens.accessToken) });
    return status === 401;
  });

  const told = await until("everything to be announced", async () => {
    const { rows } = await sql<{ subject: string }>`select subject from outbox
      where envelope -> 'data' ->> 'userId' = ${me.userId}`.execute(world.db);
    return rows.length >= 4 && rows.map((row) => row.subject);
  });
  expect(told).toEqual(
    expect.arrayContaining([userErased, userStatusChanged, sessionEnded].map((e) => e.type)),
  );
  expect(userMailRequested.type).toBe("user.mail-requested.v1");

  // The last mail has the address still, until whoever sends it asks for it.
  const [last] = await world.mailsTo(me.email, "account-closed");
  expect(last).toMatchObject({ email: me.email });
  expect(await found(mark)).toEqual([]);
  const user = await world.db.selectFrom("users").selectAll().where("id", "=", me.userId).executeTakeFirst();
  expect(user).toMatchObject({ email: null, name: "Erased", password_hash: null, status: "closed" });
});

/** Columns of auth's schema in which the text stands. */
async function found(text: string): Promise<string[]> {
  const { rows } = await sql<{ table_name: string }>`select table_name from information_schema.tables
    where table_schema = current_schema() and table_type = 'BASE TABLE'`.execute(world.db);
  const hits = [];
  for (const { table_name: table } of rows) {
    const hit = await sql`select from ${sql.table(table)} t where t::text ilike ${`%${text}%`}`.execute(
      world.db,
    );
    if (hit.rows.length > 0) hits.push(table);
  }
  return hits;
}
