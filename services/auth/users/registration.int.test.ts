import type { UserView } from "@holdfast/contracts/api/accounts";
import { envelopeSchema } from "@holdfast/contracts/define-event";
import { userMailRequested, userRegistered } from "@holdfast/contracts/events/auth";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AuthWorld, startAuthWorld, usualPassword as password } from "../auth-world.fixture.ts";

let world: AuthWorld;

beforeAll(async () => {
  world = await startAuthWorld();
});

afterAll(() => world?.[Symbol.asyncDispose]());

let people = 0;
const somebody = () => ({ email: `somebody${(people += 1)}@example.com`, password, name: "Ana Silva" });
const register = (body: unknown, headers = {}) => world.client("POST /v1/users", { body, headers });
const verify = (token: string) => world.client("POST /v1/users/verifications", { body: { token } });
const logIn = (body: unknown) => world.client("POST /v1/sessions", { body });

/** Registers and follows the link. */
async function registered(parts: object = {}) {
  const person = { ...somebody(), ...parts };
  await register(person);
  const { status, body } = await verify(await world.mailToken(person.email, "verify-email"));
  expect(status).toBe(201);
  return { ...person, user: body as UserView };
}

/** Everything but what differs with each answer. */
function unmarked(body: unknown) {
  const { traceId: _, ...rest } = body as Record<string, unknown>;
  return rest;
}

describe("registering", () => {
  test("makes a customer when the link is followed, and announces them by id and roles alone", async () => {
    const person = somebody();
    const { status, body } = await register(person);
    expect(status).toBe(202);
    expect(body).toEqual({ message: expect.any(String) });
    expect((await logIn({ email: person.email, password })).status).toBe(401);

    const [mail] = await world.mailsTo(person.email, "verify-email");
    expect(mail).toMatchObject({ name: person.name, email: person.email, facts: {} });
    const verified = await verify(mail?.token ?? "");
    expect(verified.status).toBe(201);
    const user = verified.body as UserView;
    expect(user).toEqual({
      userId: expect.stringMatching(/^usr_/),
      email: person.email,
      name: person.name,
      roles: ["customer"],
      status: "active",
      secondFactor: false,
      identities: [],
      createdAt: expect.stringMatching(/^20\d\d-.*Z$/),
    });
    expect((await logIn({ email: person.email, password })).status).toBe(201);

    const [event] = await world.events.about(userRegistered, user.userId);
    expect(envelopeSchema(userRegistered).parse(event)).toMatchObject({
      source: "/services/auth",
      aggregateversion: 1,
      data: { userId: user.userId, roles: ["customer"] },
    });
    const [asked] = await world.events.about(userMailRequested, mail?.ticketId ?? "");
    expect(JSON.stringify([event, asked])).not.toMatch(/Silva|example\.com/);
  });

  test("makes a vendor on request", async () => {
    expect((await registered({ role: "vendor" })).user).toMatchObject({ roles: ["vendor"] });
  });

  test("keeps the trace it is part of", async () => {
    const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    const person = somebody();
    await register(person, { traceparent: `00-${traceId}-00f067aa0ba902b7-01` });
    const [mail] = await world.mailsTo(person.email, "verify-email");
    const [event] = await world.events.about(userMailRequested, mail?.ticketId ?? "");
    expect(event?.traceparent).toContain(traceId);
  });

  test("with an address that is taken, however it is spelled, answers the same, and tells its owner", async () => {
    const owner = await world.add();
    const free = await register(somebody());
    for (const email of [owner.email, owner.email.toUpperCase()]) {
      const taken = await register({ ...somebody(), email, name: "Somebody Else" });
      expect(taken.status).toBe(free.status);
      expect(taken.body).toEqual(free.body);
      expect([...taken.headers.keys()]).toEqual([...free.headers.keys()]);
    }
    const told = await world.mailsTo(owner.email, "account-exists", 2);
    expect(told).toHaveLength(2);
    expect(told[0]).toMatchObject({ name: owner.name, token: null, expiresAt: null });
    const { count } = await world.db
      .selectFrom("mail_tickets")
      .innerJoin("registrations", "registrations.id", "registration_id")
      .select((select) => select.fn.countAll<number>().as("count"))
      .where("registrations.email", "=", owner.email)
      .executeTakeFirstOrThrow();
    expect(Number(count)).toBe(0);
  });

  test.each([
    ["password1234", "common"],
    ["aaaaaaaaaaaaa", "repetitive"],
    ["abcdefghijklm", "sequential"],
    ["weak.person-42", "contains-email"],
    ["Zacharias1234", "contains-name"],
  ])("refuses the password %s, saying why", async (weak, reason) => {
    const { status, body } = await register({
      email: "weak.person@example.com",
      name: "Zacharias",
      password: weak,
    });
    expect(status).toBe(422);
    expect(body).toMatchObject({ code: "auth/password-too-weak", reason });
  });

  test.each([
    ["role", { role: "admin" }],
    ["role", { role: "support" }],
    ["role", { role: "service" }],
    ["roles", { roles: ["admin"] }],
    ["isAdmin", { isAdmin: true }],
    ["status", { status: "active" }],
  ])("refuses a smuggled %s", async (field, smuggled) => {
    const person = somebody();
    const { status, body } = await register({ ...person, ...smuggled });
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: "request/invalid" });
    expect(JSON.stringify(body)).toContain(field);
    const kept = await world.db
      .selectFrom("registrations")
      .select("id")
      .where("email", "=", person.email)
      .execute();
    expect(kept).toEqual([]);
  });

  test("names everything that is wrong at once", async () => {
    const { status, body } = await register({ email: "nobody", password: "short", name: " " });
    expect(status).toBe(400);
    const { errors } = body as { errors: { field: string }[] };
    expect(errors.map(({ field }) => field).toSorted()).toEqual(["email", "name", "password"]);
  });
});

describe("the link of a registration", () => {
  test("makes one account, however often and at once it is followed", async () => {
    const person = somebody();
    await register(person);
    const token = await world.mailToken(person.email, "verify-email");
    const answers = await Promise.all(Array.from({ length: 8 }, () => verify(token)));
    expect(answers.map(({ status }) => String(status)).toSorted()).toEqual([
      "201",
      ...Array<string>(7).fill("422"),
    ]);
    expect((await verify(token)).body).toMatchObject({ code: "auth/link-invalid" });
  });

  test("that is followed first wins the address, with its own password and name", async () => {
    const email = somebody().email;
    await register({ email, password: "harbour-lantern-93-moss", name: "Mallory" });
    await register({ email, password, name: "Ana" });
    const [mallory, ana] = await world.mailsTo(email, "verify-email", 2);
    expect([mallory?.name, ana?.name]).toEqual(["Mallory", "Ana"]);
    expect((await verify(ana?.token ?? "")).status).toBe(201);
    expect((await verify(mallory?.token ?? "")).body).toMatchObject({ code: "auth/link-invalid" });
    expect((await logIn({ email, password })).status).toBe(201);
    expect((await logIn({ email, password: "harbour-lantern-93-moss" })).status).toBe(401);
  });

  test("of several for one address, followed at once, makes one account", async () => {
    const email = somebody().email;
    await Promise.all(Array.from({ length: 4 }, () => register({ ...somebody(), email })));
    const mails = await world.mailsTo(email, "verify-email", 4);
    const answers = await Promise.all(mails.map(({ token }) => verify(token ?? "")));
    expect(answers.map(({ status }) => String(status)).toSorted()).toEqual(["201", "422", "422", "422"]);
  });

  test("makes no account where the address was taken meanwhile", async () => {
    const person = somebody();
    await register(person);
    const token = await world.mailToken(person.email, "verify-email");
    const owner = await world.add({ email: person.email, password: "harbour-lantern-93-moss" });
    expect((await verify(token)).body).toMatchObject({ code: "auth/link-invalid" });
    await world.logIn(owner);
    expect((await logIn({ email: person.email, password })).status).toBe(401);
  });

  test("that was used, ran out, was changed or never was is answered alike", async () => {
    const { email } = await registered();
    const person = somebody();
    await register(person);
    const [mail] = await world.mailsTo(person.email, "verify-email");
    const token = mail?.token ?? "";
    await world.db
      .updateTable("mail_tickets")
      .set({ expires_at: "2026-01-01T00:00:00Z" })
      .where("id", "=", mail?.ticketId ?? "tkt_")
      .execute();
    const account = await world.add();
    await world.client("POST /v1/users", { body: { ...somebody(), email } });
    const [notice] = await world.mailsTo(email, "account-exists");
    const answers = [
      await verify(token),
      await verify(`${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`),
      await verify("nonsense"),
      await verify(""),
      await verify(`${notice?.ticketId.slice(4)}.${token.split(".")[1]}`),
      await verify(account.userId),
    ];
    for (const { status, body } of answers) {
      expect(status).toBe(422);
      expect(unmarked(body)).toEqual(unmarked(answers[0]?.body));
    }
    expect(answers[0]?.body).toMatchObject({ code: "auth/link-invalid" });
  });

  test("is for that purpose alone: no other one takes it", async () => {
    const person = somebody();
    await register(person);
    const token = await world.mailToken(person.email, "verify-email");
    const newPassword = "harbour-lantern-93-moss";
    const reset = await world.client("POST /v1/password-resets/confirmations", {
      body: { token, newPassword },
    });
    const change = await world.client("POST /v1/email-changes/confirmations", { body: { token } });
    expect([reset.body, change.body]).toMatchObject([
      { code: "auth/link-invalid" },
      { code: "auth/link-invalid" },
    ]);
    expect((await verify(token)).status).toBe(201);
  });

  test("is nowhere in the database", async () => {
    const person = somebody();
    await register(person);
    const [, secret] = (await world.mailToken(person.email, "verify-email")).split(".");
    const { rows } = await world.platform.sql.query<{ text: string }>(
      "select t::text as text from mail_tickets t union all select o::text from outbox o union all select r::text from registrations r",
    );
    const stored = JSON.stringify(rows);
    expect(stored).toContain(person.email);
    expect(stored).not.toContain(secret);
    expect(stored).not.toContain(Buffer.from(secret ?? "", "base64url").toString("hex"));
    expect(stored).not.toContain(password);
  });
});
