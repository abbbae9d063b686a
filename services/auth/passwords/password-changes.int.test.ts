import type { TokensView } from "@holdfast/contracts/api/sessions";
import { sessionEnded } from "@holdfast/contracts/events/auth";
import type { JsonAnswer } from "@holdfast/testkit/services/json-client";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AuthWorld, startAuthWorld, usualPassword as password } from "../auth-world.fixture.ts";
import { sweepMails } from "../mails/sweep-mails.ts";

const newPassword = "harbour-lantern-93-moss";

let world: AuthWorld;

beforeAll(async () => {
  world = await startAuthWorld();
});

afterAll(() => world?.[Symbol.asyncDispose]());

const logIn = (email: string, tried: string) =>
  world.client("POST /v1/sessions", { body: { email, password: tried } });
const refresh = ({ refreshToken }: TokensView) =>
  world.client("POST /v1/sessions/refresh", { body: { refreshToken } });
const sidOf = ({ accessToken }: TokensView) => decodeJwt<{ sid: string }>(accessToken).sid;
const askReset = (email: string) => world.client("POST /v1/password-resets", { body: { email } });
const reset = (token: string, wanted = newPassword) =>
  world.client("POST /v1/password-resets/confirmations", { body: { token, newPassword: wanted } });
const askChange = (tokens: TokensView, newEmail: string) =>
  world.as(tokens.accessToken, "POST /v1/me/email-changes", { newEmail });
const confirm = (token: string) => world.client("POST /v1/email-changes/confirmations", { body: { token } });

let addresses = 0;
const freeAddress = () => `free${(addresses += 1)}@example.com`;

function expectLinkInvalid({ status, body }: JsonAnswer): void {
  expect(status).toBe(422);
  expect(body).toMatchObject({ code: "auth/link-invalid" });
}

const auditOf = async (userId: string) => {
  const query = world.db.selectFrom("audit_log").select("action").where("actor", "=", userId).orderBy("id");
  return (await query.execute()).map(({ action }) => action);
};

const expire = (ticketId: string) =>
  world.platform.sql.query("update mail_tickets set expires_at = '2026-01-01T00:00:00Z' where id = $1", [
    ticketId,
  ]);

describe("resetting a password", () => {
  test("sets it by the link, ends every session, and tells the owner", async () => {
    const ana = await world.signedIn();
    const other = await world.logIn(ana);
    expect((await askReset(ana.email.toUpperCase())).status).toBe(202);
    const token = await world.mailToken(ana.email, "reset-password");
    expect((await reset(token)).status).toBe(204);

    expect((await logIn(ana.email, password)).status).toBe(401);
    expect((await logIn(ana.email, newPassword)).status).toBe(201);
    for (const tokens of [ana.tokens, other]) {
      expect((await refresh(tokens)).status).toBe(401);
      const [ended] = await world.events.about(sessionEnded, sidOf(tokens));
      expect(ended?.data).toMatchObject({ reason: "logged-out", cause: "password-changed" });
    }
    const [notice] = await world.mailsTo(ana.email, "password-changed");
    expect(notice).toMatchObject({ token: null, expiresAt: null, name: ana.name });
    expect(await auditOf(ana.userId)).toContain("resetPassword");
    expectLinkInvalid(await reset(token));
  });

  test("answers the same, and about as fast, for an address nobody has, and writes to nobody", async () => {
    const { email } = await world.add();
    const [known, unknown] = [await askReset(email), await askReset(freeAddress())];
    expect([unknown.status, unknown.body]).toEqual([known.status, known.body]);
    const { ticketId } = (await world.mailsTo(email, "reset-password"))[0]!;
    const { rows } = await world.platform.sql.query<{ statements: string }>(
      "select count(*) as statements from mail_tickets where id > $1 and user_id is null and email is null",
      [ticketId],
    );
    expect(Number(rows[0]?.statements)).toBe(1);
  });

  test("gives a password to an account that had none", async () => {
    const ana = await world.add();
    await world.db.updateTable("users").set({ password_hash: null }).where("id", "=", ana.userId).execute();
    await askReset(ana.email);
    expect((await reset(await world.mailToken(ana.email, "reset-password"))).status).toBe(204);
    expect((await logIn(ana.email, newPassword)).status).toBe(201);
  });

  test("refuses a weak password, saying why, and the link goes on working", async () => {
    const ana = await world.add({ name: "Zacharias" });
    await askReset(ana.email);
    const token = await world.mailToken(ana.email, "reset-password");
    const { status, body } = await reset(token, "Zacharias1234");
    expect(status).toBe(422);
    expect(body).toMatchObject({ code: "auth/password-too-weak", reason: "contains-name" });
    expect((await reset(token)).status).toBe(204);
  });

  test("works by the latest three links alone, and by none once one was followed", async () => {
    const ana = await world.add();
    for (let asked = 0; asked < 4; asked += 1) await askReset(ana.email);
    const newest = await world.mailsTo(ana.email, "reset-password", 3);
    expect(newest).toHaveLength(3);
    const all = await world.db
      .selectFrom("mail_tickets")
      .select("id")
      .where("user_id", "=", ana.userId)
      .orderBy("id")
      .execute();
    expect(newest.map(({ ticketId }) => ticketId)).toEqual(all.slice(1).map(({ id }) => id));
    expect((await reset(newest[0]?.token ?? "")).status).toBe(204);
    for (const { token } of newest) expectLinkInvalid(await reset(token ?? "", "another-lantern-17-fjord"));
  });

  test("by several links at once happens once", async () => {
    const ana = await world.add();
    for (let asked = 0; asked < 3; asked += 1) await askReset(ana.email);
    const mails = await world.mailsTo(ana.email, "reset-password", 3);
    const answers = await Promise.all(mails.map(({ token }) => reset(token ?? "")));
    expect(answers.map(({ status }) => String(status)).toSorted()).toEqual(["204", "422", "422"]);
  });

  test("is refused after an hour, and to an account that may not act", async () => {
    const ana = await world.add();
    await askReset(ana.email);
    const [mail] = await world.mailsTo(ana.email, "reset-password");
    const minutes = Temporal.Now.instant()
      .until(mail?.expiresAt ?? "")
      .total("minutes");
    expect(minutes).toBeGreaterThan(58);
    expect(minutes).toBeLessThanOrEqual(60);
    await expire(mail?.ticketId ?? "");
    expectLinkInvalid(await reset(mail?.token ?? ""));

    const ben = await world.add();
    await askReset(ben.email);
    const token = await world.mailToken(ben.email, "reset-password");
    await world.db.updateTable("users").set({ status: "suspended" }).where("id", "=", ben.userId).execute();
    expectLinkInvalid(await reset(token));
  });
});

describe("changing one's password", () => {
  test("ends every other session, voids the links sent before, and tells the owner", async () => {
    const ana = await world.signedIn();
    const other = await world.logIn(ana);
    await askReset(ana.email);
    const token = await world.mailToken(ana.email, "reset-password");
    const changed = await world.as(ana.tokens.accessToken, "PUT /v1/me/password", { newPassword });
    expect(changed.status).toBe(204);
    expect((await refresh(other)).status).toBe(401);
    expect((await refresh(ana.tokens)).status).toBe(200);
    expect((await logIn(ana.email, newPassword)).status).toBe(201);
    expectLinkInvalid(await reset(token));
    await world.mailsTo(ana.email, "password-changed");
    expect(await auditOf(ana.userId)).toContain("changePassword");
  });

  test("refuses a weak one, and nothing ends", async () => {
    const ana = await world.signedIn();
    const other = await world.logIn(ana);
    const weak = await world.as(ana.tokens.accessToken, "PUT /v1/me/password", {
      newPassword: "password1234",
    });
    expect(weak.body).toMatchObject({ code: "auth/password-too-weak", reason: "common" });
    expect((await refresh(other)).status).toBe(200);
    expect((await logIn(ana.email, password)).status).toBe(201);
  });
});

describe("changing one's address", () => {
  test("happens by the link sent to the new one, and tells the old one", async () => {
    const ana = await world.signedIn();
    const newEmail = freeAddress();
    expect((await askChange(ana.tokens, newEmail.toUpperCase())).status).toBe(202);
    expect((await logIn(newEmail, password)).status).toBe(401);
    const token = await world.mailToken(newEmail, "confirm-new-email");
    expect((await confirm(token)).status).toBe(204);
    expect((await logIn(newEmail, password)).status).toBe(201);
    expect((await logIn(ana.email, password)).status).toBe(401);
    const [notice] = await world.mailsTo(ana.email, "email-changed");
    expect(notice).toMatchObject({ name: ana.name, token: null });
    expect(await auditOf(ana.userId)).toContain("confirmEmailChange");
    expectLinkInvalid(await confirm(token));
  });

  test("to one that is taken answers the same, and its owner is told", async () => {
    const [ana, ben] = [await world.signedIn(), await world.add()];
    const [free, taken] = [
      await askChange(ana.tokens, freeAddress()),
      await askChange(ana.tokens, ben.email),
    ];
    expect([taken.status, taken.body]).toEqual([free.status, free.body]);
    await world.mailsTo(ben.email, "account-exists");
  });

  test("is refused where it was taken meanwhile, and both accounts stay as they are", async () => {
    const ana = await world.signedIn();
    const newEmail = freeAddress();
    await askChange(ana.tokens, newEmail);
    const token = await world.mailToken(newEmail, "confirm-new-email");
    const ben = await world.add({ email: newEmail, password: newPassword });
    expectLinkInvalid(await confirm(token));
    await world.logIn(ana);
    await world.logIn(ben);
  });

  test("takes the address from whoever registered with it and had not followed their link", async () => {
    const ana = await world.signedIn();
    const newEmail = freeAddress();
    await world.client("POST /v1/users", {
      body: { email: newEmail, password: newPassword, name: "Mallory" },
    });
    const mallorys = await world.mailToken(newEmail, "verify-email");
    await askChange(ana.tokens, newEmail);
    expect((await confirm(await world.mailToken(newEmail, "confirm-new-email"))).status).toBe(204);
    expectLinkInvalid(await world.client("POST /v1/users/verifications", { body: { token: mallorys } }));
  });

  test("is over once the password has been reset: whoever asked for it may have been somebody else", async () => {
    const ana = await world.signedIn();
    const newEmail = freeAddress();
    await askChange(ana.tokens, newEmail);
    const token = await world.mailToken(newEmail, "confirm-new-email");
    await askReset(ana.email);
    await reset(await world.mailToken(ana.email, "reset-password"));
    expectLinkInvalid(await confirm(token));
  });
});

describe("the sweep of mails", () => {
  const clock = { machineNow: () => Temporal.Now.instant() };
  const sweep = (ahead: Temporal.DurationLike) =>
    sweepMails({
      db: world.db,
      clock: { ...clock, machineNow: () => clock.machineNow().add(ahead) } as never,
    });
  const kept = async (ids: readonly string[]) => {
    const { rows } = await world.platform.sql.query<{ id: string }>(
      "select id from mail_tickets where id = any($1) union all select id from registrations where id = any($1)",
      [ids],
    );
    return rows.map(({ id }) => id).toSorted();
  };

  test("deletes links and registrations when they have run out, notices after a week, and nothing before", async () => {
    const ana = await world.signedIn();
    await world.client("POST /v1/users", { body: { email: freeAddress(), password, name: "Eve" } });
    await world.client("POST /v1/users", { body: { email: ana.email, password, name: "Eve" } });
    await askReset(ana.email);
    const tickets = await world.db
      .selectFrom("mail_tickets")
      .selectAll()
      .orderBy("id", "desc")
      .limit(3)
      .execute();
    const [link, notice, verification] = tickets;
    expect(tickets.map(({ mail }) => mail)).toEqual(["reset-password", "account-exists", "verify-email"]);
    const ids = [link!.id, notice!.id, verification!.id, verification!.registration_id!];
    await sweep({ minutes: 58 });
    expect(await kept(ids)).toEqual(ids.toSorted());
    await sweep({ minutes: 61 });
    expect(await kept(ids)).toEqual(ids.slice(1).toSorted());
    await sweep({ hours: 25 });
    expect(await kept(ids)).toEqual([notice!.id]);
    await sweep({ hours: 24 * 7 + 1 });
    expect(await kept(ids)).toEqual([]);
  });
});
