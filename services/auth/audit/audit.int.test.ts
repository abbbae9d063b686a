import type { AuditEntry, AuditReport } from "@holdfast/contracts/api/audit";
import { newId } from "@holdfast/contracts/ids";
import { idBefore } from "@holdfast/chassis/id-age";
import { until } from "@holdfast/testkit/until";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AuthWorld, bearer, serviceToken, startAuthWorld } from "../auth-world.fixture.ts";
import { selectAuditLog } from "./list-audit-log.ts";
import { sweepAuditLog } from "./sweep-audit-log.ts";
import { entryOf, writeAudit } from "./write-audit.ts";

let world: AuthWorld;
let gateway: string;
let admin: string;

beforeAll(async () => {
  world = await startAuthWorld();
  gateway = await serviceToken(world.url, "gateway");
  admin = (await world.signedIn({ roles: ["admin"] })).tokens.accessToken;
});
afterAll(() => world[Symbol.asyncDispose]());

function reportOf(of: Partial<AuditReport> = {}): AuditReport {
  const entry = entryOf({
    kind: "refusal",
    action: "getBooking",
    outcome: "auth/forbidden",
    ...of,
  });
  // As it is read back: no noughts at the end of a second's fraction.
  return { ...entry, at: Temporal.Instant.from(entry.at).toString(), service: "gateway" };
}

const report = (token: string, entries: readonly AuditReport[]) =>
  world.as(token, "POST /internal/audit-entries", { entries });

async function list(query: string): Promise<{ items: AuditEntry[]; next: string | null }> {
  const { status, body } = await world.as(admin, `GET /v1/audit-log?${query}`);
  expect(status).toBe(200);
  return body as { items: AuditEntry[]; next: string | null };
}

test("what a service reports is there for administrators, once however often it is sent, and for nobody else", async () => {
  const actor = newId("usr");
  const entry = reportOf({ actor, targets: [newId("bkg"), newId("res")], network: "192.0.2.0/24", times: 7 });
  expect((await report(gateway, [entry])).status).toBe(204);
  expect((await report(gateway, [entry, reportOf({ actor, action: "cancelBooking" })])).status).toBe(204);
  const { items } = await list(`actor=${actor}`);
  expect(items.map(({ action }) => action)).toEqual(["cancelBooking", "getBooking"]);
  expect(items[1]).toEqual(entry);

  const support = await world.signedIn({ roles: ["support"] });
  const { status, body } = await world.as(support.tokens.accessToken, "GET /v1/audit-log");
  expect([status, body]).toMatchObject([403, { code: "auth/forbidden" }]);
});

test("a service speaks for itself alone, and nobody but a service reports", async () => {
  const actor = newId("usr");
  const forged = { ...reportOf({ actor }), service: "payment" as const };
  expect((await report(gateway, [reportOf({ actor }), forged])).status).toBe(403);
  expect((await report(admin, [reportOf({ actor })])).status).toBe(403);
  expect((await list(`actor=${actor}`)).items).toEqual([]);
});

test("pages go from the newest to the oldest, each entry once, within the span and of the kind asked for", async () => {
  const actor = newId("usr");
  const entries = Array.from({ length: 7 }, (_, index) =>
    reportOf({
      entryId: idBefore("aud", 0, Date.UTC(2026, 0, 1, 0, index)),
      at: `2026-01-01T00:0${index}:00Z`,
      actor,
      kind: index === 3 ? "account" : "refusal",
    }),
  );
  await report(gateway, entries);
  const seen: string[] = [];
  let query = `actor=${actor}&limit=3`;
  for (let pages = 0; pages < 5; pages += 1) {
    const { items, next } = await list(query);
    seen.push(...items.map(({ at }) => at));
    if (next === null) break;
    query = `actor=${actor}&limit=3&after=${next}`;
  }
  expect(seen).toEqual(entries.map(({ at }) => at).toReversed());
  const span = `from=${entries[2]?.at}&until=${entries[5]?.at}`;
  const within = await list(`actor=${actor}&${span}`);
  expect(within.items.map(({ at }) => at)).toEqual([4, 3, 2].map((index) => entries[index]?.at));
  expect((await list(`actor=${actor}&kind=account`)).items.map(({ at }) => at)).toEqual([entries[3]?.at]);
  expect((await list(`actor=${actor}&outcome=done`)).items).toEqual([]);
  const wrong = await world.as(admin, "GET /v1/audit-log?after=bm8");
  expect([wrong.status, wrong.body]).toMatchObject([400, { code: "request/invalid" }]);
});

test("every filter reads an index in its order: nothing is scanned, nothing sorted", async () => {
  await world.db.transaction().execute(async (tx) => {
    await sql`insert into audit_log (id, at, kind, service, action, outcome, actor, targets, times)
      select 'aud_' || lpad(n::text, 26, '0'), now(), case n % 1000 when 0 then 'action' else 'refusal' end, 'booking',
        'action-' || n % 100, 'outcome-' || n % 100, 'usr_' || n % 100, '{}', 1 from generate_series(1, 5000) n`.execute(
      tx,
    );
  });
  await sql`analyze audit_log`.execute(world.db);
  const plans: [string, Record<string, string>][] = [
    ["audit_log_pkey", {}],
    ["audit_log_pkey", { from: "2027-01-01T00:00:00Z" }],
    ["audit_log_by_actor", { actor: "usr_7" }],
    ["audit_log_by_action", { action: "action-7" }],
    ["audit_log_by_outcome", { outcome: "outcome-7" }],
    ["audit_log_by_kind", { kind: "action" }],
  ];
  for (const [index, asked] of plans) {
    const query = selectAuditLog(world.db, { limit: 20, ...asked }).compile();
    const { rows } = await world.platform.sql.query<{ "QUERY PLAN": string }>(`explain ${query.sql}`, [
      ...query.parameters,
    ]);
    const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
    expect(plan).toContain(index);
    expect(plan).not.toMatch(/Seq Scan|Bitmap|^Sort|-> {2}Sort/m);
  }
});

test("a fact is written with what makes it true, or not at all", async () => {
  const actor = newId("usr");
  await expect(
    world.transact(async ({ tx }) => {
      await writeAudit(tx, { action: "sign-in", actor });
      throw new Error("it did not become true");
    }),
  ).rejects.toThrow("did not become true");
  expect((await list(`actor=${actor}`)).items).toEqual([]);
  await world.transact(({ tx }) =>
    writeAudit(tx, [
      { action: "sign-in", actor },
      { action: "sign-out", actor },
    ]),
  );
  const { items } = await list(`actor=${actor}`);
  expect(items).toMatchObject([
    { action: "sign-out", kind: "account", service: "auth", outcome: "done", times: 1 },
    { action: "sign-in" },
  ]);
});

test("what auth itself refuses is noted, and what an administrator changes at auth is recorded first", async () => {
  const guest = await world.signedIn();
  expect((await world.as(guest.tokens.accessToken, "GET /v1/audit-log")).status).toBe(403);
  const refusal = await until("the refusal to be noted", async () => {
    const { items } = await list(`actor=${guest.userId}&action=listAuditLog`);
    return items[0];
  });
  expect(refusal).toMatchObject({ kind: "refusal", service: "auth", outcome: "auth/forbidden", times: 1 });

  const { userId, tokens } = await world.signedIn({ roles: ["admin"] });
  const user = {
    email: "clerk@example.com",
    name: "Clerk",
    password: "harbour-lantern-93-quill",
    roles: ["customer"],
  };
  const made = await world.client("POST /v1/admin/users", {
    headers: bearer(tokens.accessToken),
    body: user,
  });
  expect(made.status).toBe(201);
  const entries = await until("both entries", async () => {
    const { items } = await list(`actor=${userId}&action=createUser`);
    return items.length === 2 ? items : undefined;
  });
  expect(entries.map(({ outcome }) => outcome)).toEqual(["done", "begun"]);
});

test("a failed sign-in is told once, with whose account it was tried on", async () => {
  const { email, userId } = await world.add();
  const { status } = await world.client("POST /v1/sessions", { body: { email, password: "not it at all" } });
  expect(status).toBe(401);
  // Noted after it, so it is written when that would be.
  expect((await world.client("GET /v1/me")).status).toBe(401);
  await until("the later refusal", async () => (await list("action=getMe")).items[0]);
  const { items } = await list("action=logIn&outcome=auth/credentials-wrong");
  expect(items.map(({ kind, targets }) => [kind, targets])).toEqual([["account", [userId]]]);
});

test.each([
  "update audit_log set outcome = 'done'",
  "delete from audit_log",
  "truncate audit_log",
  "truncate users, audit_log cascade",
])("the database refuses even the table's owner: %s", async (statement) => {
  const { rows } = await world.platform.sql.query(
    "select tableowner = current_user as owned from pg_tables where tablename = 'audit_log'",
  );
  expect(rows).toEqual([{ owned: true }]);
  const count = async () => (await world.platform.sql.query("select count(*) from audit_log")).rows;
  const before = await count();
  await expect(world.platform.sql.query(statement)).rejects.toThrow("the audit log is append-only");
  expect(await count()).toEqual(before);
});

test("only what is older than 400 days is let go", async () => {
  const ids = [401, 399].map((days) => idBefore("aud", days * 86_400_000));
  await sql`insert into audit_log (id, at, kind, service, action, outcome, targets, times, written_at)
    select id, now(), 'refusal', 'booking', 'kept', 'done', '{}', 1, now() - make_interval(days => days)
    from unnest(${ids}::text[], ${[401, 399]}::int[]) as t (id, days)`.execute(world.db);
  expect(await sweepAuditLog(world.db)).toBe(false);
  expect((await list("action=kept")).items.map(({ entryId }) => entryId)).toEqual([ids[1]]);
});
