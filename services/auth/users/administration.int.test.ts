import type { UserView } from "@holdfast/contracts/api/accounts";
import { sessionEnded, userRolesChanged, userStatusChanged } from "@holdfast/contracts/events/auth";
import { newId } from "@holdfast/contracts/ids";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Account, type AuthWorld, startAuthWorld } from "../auth-world.fixture.ts";

let world: AuthWorld;
let admin: string;
let support: string;
beforeAll(async () => {
  world = await startAuthWorld();
  [admin, support] = (await Promise.all(
    (["admin", "support"] as const).map(
      async (role) => (await world.signedIn({ roles: [role] })).tokens.accessToken,
    ),
  )) as [string, string];
});
afterAll(() => world?.[Symbol.asyncDispose]());

type Page = { items: UserView[]; next: string | null };
const setRoles = ({ userId }: Pick<Account, "userId">, roles: string[], token = admin) =>
  world.as(token, `PUT /v1/users/${userId}/roles`, { roles });
const setStatus = ({ userId }: Pick<Account, "userId">, status: string, token = admin) =>
  world.as(token, `PUT /v1/users/${userId}/status`, { status, reason: "Chargebacks." });
const tokensFromOf = async ({ userId }: Pick<Account, "userId">) =>
  (
    await world.db
      .selectFrom("users")
      .select("tokens_from")
      .where("id", "=", userId)
      .executeTakeFirstOrThrow()
  ).tokens_from;
const revoked = ({ userId }: Pick<Account, "userId">) =>
  world.db.selectFrom("revocations").select(["kind", "revoked_at"]).where("id", "=", userId).execute();

describe("looking accounts up", () => {
  test("finds one by its address, however it is spelled, for support too", async () => {
    const account = await world.add({ email: "wanted@example.com" });
    const { status, body } = await world.as(support, "GET /v1/users?email=WANTED@example.com");
    expect(status).toBe(200);
    expect((body as Page).items).toMatchObject([{ userId: account.userId, status: "active" }]);
  });

  test("lists them newest first, page by page, each once", async () => {
    for (let made = 0; made < 3; made += 1) await world.add();
    const seen: string[] = [];
    let after = "";
    do {
      const { body } = await world.as(admin, `GET /v1/users?limit=2${after}`);
      const { items, next } = body as Page;
      seen.push(...items.map(({ userId }) => userId));
      after = next === null ? "" : `&after=${next}`;
    } while (after !== "");
    expect(seen.length).toBeGreaterThan(4);
    expect(seen).toEqual([...new Set(seen)].toSorted().toReversed());
  });

  test("lists by role and by status, those that have the role by acting for a vendor among them", async () => {
    const member = await world.add();
    await world.db
      .insertInto("vendor_members")
      .values({ vendor_id: newId("vnd"), user_id: member.userId, role: "staff", version: 1 })
      .execute();
    const vendor = await world.add({ roles: ["vendor"] });
    const vendors = (await world.as(admin, "GET /v1/users?role=vendor&limit=100")).body as Page;
    expect(vendors.items.map(({ userId }) => userId)).toEqual([vendor.userId, member.userId]);
    await setStatus(vendor, "suspended");
    const suspended = (await world.as(admin, "GET /v1/users?status=suspended&role=vendor")).body as Page;
    expect(suspended.items.map(({ userId }) => userId)).toEqual([vendor.userId]);
    const mix = (await world.as(admin, "GET /v1/users?role=admin&limit=100")).body as Page;
    expect(mix.items.every(({ roles }) => roles.includes("admin"))).toBe(true);
  });

  test("refuses a cursor that is none of its own, and knows no account that is not there", async () => {
    expect(await world.as(admin, "GET /v1/users?after=nonsense")).toMatchObject({ status: 400 });
    const missing = await world.as(admin, `GET /v1/users/${newId("usr")}`);
    expect(missing).toMatchObject({ status: 404, body: { code: "auth/user-not-found" } });
    expect(await setRoles({ userId: newId("usr") }, ["customer"])).toMatchObject({ status: 404 });
    expect(await setStatus({ userId: newId("usr") }, "suspended")).toMatchObject({ status: 404 });
  });

  test("support sees accounts and changes none", async () => {
    const account = await world.add();
    expect(await world.as(support, `GET /v1/users/${account.userId}`)).toMatchObject({ status: 200 });
    const refused = { status: 403, body: { code: "auth/forbidden" } };
    expect(await setRoles(account, ["admin"], support)).toMatchObject(refused);
    expect(await setStatus(account, "suspended", support)).toMatchObject(refused);
    expect(await world.as(support, `GET /v1/users/${account.userId}`)).toMatchObject({
      body: { roles: ["customer"], status: "active" },
    });
  });
});

describe("giving roles", () => {
  test("refuses the tokens there are, keeps the sessions, and tells the others", async () => {
    const { tokens, ...account } = await world.signedIn();
    const answered = await setRoles(account, ["support", "customer"]);
    expect(answered).toMatchObject({ status: 200, body: { roles: ["customer", "support"] } });

    const tokensFrom = await tokensFromOf(account);
    expect(await revoked(account)).toEqual([{ kind: "user", revoked_at: tokensFrom }]);
    const [event] = await world.events.about(userRolesChanged, account.userId);
    expect(event).toMatchObject({
      aggregateversion: 2,
      data: { userId: account.userId, roles: ["customer", "support"], tokensFrom },
    });
    const { refreshToken } = tokens;
    const refreshed = await world.client("POST /v1/sessions/refresh", { body: { refreshToken } });
    expect(refreshed.status).toBe(200);
    const claims = decodeJwt((refreshed.body as { accessToken: string }).accessToken);
    expect(claims["roles"]).toEqual(["customer", "support"]);
    expect(claims.iat! * 1_000).toBeGreaterThan(Temporal.Instant.from(tokensFrom!).epochMilliseconds);
  });

  test("of the roles an account has already changes nothing", async () => {
    const account = await world.add({ roles: ["customer", "vendor"] });
    expect(await setRoles(account, ["vendor", "customer"])).toMatchObject({ status: 200 });
    expect(await revoked(account)).toEqual([]);
  });

  test.each([[["service"]], [["customer", "customer"]], [[]], [["owner"]]])("refuses %j", async (roles) => {
    const account = await world.add();
    expect(await setRoles(account, roles)).toMatchObject({ status: 400 });
  });
});

describe("suspending an account", () => {
  test("ends its sessions, refuses its tokens, lets it sign in no more, and tells its owner why", async () => {
    const { tokens, ...account } = await world.signedIn();
    expect(await setStatus(account, "suspended")).toMatchObject({
      status: 200,
      body: { status: "suspended" },
    });

    const tokensFrom = await tokensFromOf(account);
    expect(await revoked(account)).toEqual([{ kind: "user", revoked_at: tokensFrom }]);
    const sid = String(decodeJwt(tokens.accessToken)["sid"]);
    const [ended] = await world.events.about(sessionEnded, sid);
    expect(ended).toMatchObject({ data: { reason: "logged-out", cause: "account-suspended" } });
    const [event] = await world.events.about(userStatusChanged, account.userId);
    expect(event).toMatchObject({ data: { userId: account.userId, status: "suspended", tokensFrom } });
    expect(JSON.stringify(event)).not.toContain("Chargebacks");
    const { refreshToken } = tokens;
    const refreshed = await world.client("POST /v1/sessions/refresh", { body: { refreshToken } });
    expect(refreshed.status).toBe(401);
    const signIn = await world.client("POST /v1/sessions", {
      body: { email: account.email, password: account.password },
    });
    expect(signIn).toMatchObject({ status: 403, body: { code: "auth/account-inactive" } });
    const [mail] = await world.mailsTo(account.email, "account-suspended");
    expect(mail).toMatchObject({ token: null, facts: { reason: "Chargebacks." } });
  });

  test("is over when it is reinstated; each is said once, however often it is asked for", async () => {
    const account = await world.add();
    await setStatus(account, "suspended");
    await setStatus(account, "suspended");
    expect(await setStatus(account, "active")).toMatchObject({ body: { status: "active" } });
    await setStatus(account, "active");
    await expect(world.logIn(account)).resolves.toMatchObject({ user: { status: "active" } });
    const [mail, ...more] = await world.mailsTo(account.email, "account-reinstated");
    expect([mail?.facts, more]).toEqual([{ reason: "Chargebacks." }, []]);
    const { version } = await world.db
      .selectFrom("users")
      .select("version")
      .where("id", "=", account.userId)
      .executeTakeFirstOrThrow();
    expect(version).toBe(3);
  });

  test("that is closed is refused: it stays so", async () => {
    const account = await world.add();
    await world.db.updateTable("users").set({ status: "closed" }).where("id", "=", account.userId).execute();
    const closed = { status: 409, body: { code: "auth/account-closed" } };
    expect(await setStatus(account, "active")).toMatchObject(closed);
    expect(await setRoles(account, ["admin"])).toMatchObject(closed);
  });
});

describe("the last administrator", () => {
  const administrators = async () => {
    const users = await world.db
      .selectFrom("users")
      .select(["id", "roles"])
      .where("status", "=", "active")
      .execute();
    return users.filter(({ roles }) => roles.includes("admin")).map(({ id }) => id);
  };

  test("stays, though all suspend and demote each other at once", async () => {
    const tokens = await Promise.all(
      Array.from({ length: 6 }, async () => (await world.signedIn({ roles: ["admin"] })).tokens.accessToken),
    );
    const everybody = await administrators();
    await Promise.all(
      everybody.map((userId, index) => {
        const token = tokens[index % tokens.length]!;
        return index % 2 === 0
          ? setRoles({ userId }, ["customer"], token)
          : setStatus({ userId }, "suspended", token);
      }),
    );
    expect(await administrators()).toHaveLength(1);
  });

  test("is neither suspended nor demoted, by nobody", async () => {
    const { tokens, ...last } = await world.signedIn({ roles: ["admin"] });
    for (const userId of await administrators())
      if (userId !== last.userId) await setStatus({ userId }, "suspended", tokens.accessToken);
    const refused = { status: 409, body: { code: "auth/last-administrator" } };
    expect(await setStatus(last, "suspended", tokens.accessToken)).toMatchObject(refused);
    expect(await setRoles(last, ["customer"], tokens.accessToken)).toMatchObject(refused);
    expect(await administrators()).toEqual([last.userId]);
  });
});
