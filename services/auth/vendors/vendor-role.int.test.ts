import type { TokensView } from "@holdfast/contracts/api/sessions";
import {
  type MemberRole,
  vendorMemberAdded,
  vendorMemberRemoved,
  vendorRegistered,
} from "@holdfast/contracts/events/catalog";
import { type Id, newId } from "@holdfast/contracts/ids";
import { type EventTap, openEventTap } from "@holdfast/testkit/bus/event-tap";
import { until } from "@holdfast/testkit/until";
import { decodeJwt } from "jose";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Account, type AuthWorld, startAuthWorld } from "../auth-world.fixture.ts";

let world: AuthWorld;
let catalog: EventTap;
beforeAll(async () => {
  world = await startAuthWorld();
  catalog = await openEventTap(world.platform.nats);
});
afterAll(async () => {
  await catalog?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

async function takenIn(eventId: string): Promise<void> {
  await until("auth to have taken the event in", async () => {
    const { rows } = await sql`select from inbox where event_id = ${eventId}`.execute(world.db);
    return rows.length === 1;
  });
}

async function added(vendorId: Id<"vnd">, userId: Id<"usr">, role: MemberRole, version: number) {
  const data = { vendorId, userId, role };
  await takenIn(await catalog.emit(vendorMemberAdded, { subject: vendorId, version, data }));
}

async function removed(vendorId: Id<"vnd">, userId: Id<"usr">, version: number) {
  const data = { vendorId, userId };
  await takenIn(await catalog.emit(vendorMemberRemoved, { subject: vendorId, version, data }));
}

const rolesIn = (tokens: Pick<TokensView, "accessToken">) => decodeJwt(tokens.accessToken)["roles"];
const rolesAtLogIn = async (account: Account) => rolesIn(await world.logIn(account));

test("a member of a vendor gets tokens with the role vendor, at log-in and by refreshing, until they are removed", async () => {
  const account = await world.add();
  const vendorId = newId("vnd");
  const before = await world.logIn(account);
  expect(rolesIn(before)).toEqual(["customer"]);

  await added(vendorId, account.userId, "staff", 2);
  expect(await rolesAtLogIn(account)).toEqual(["customer", "vendor"]);
  const { refreshToken } = before;
  const refreshed = await world.client("POST /v1/sessions/refresh", { body: { refreshToken } });
  expect(rolesIn(refreshed.body as TokensView)).toEqual(["customer", "vendor"]);
  expect(refreshed.body).toMatchObject({ user: { roles: ["customer", "vendor"] } });

  await removed(vendorId, account.userId, 3);
  expect(await rolesAtLogIn(account)).toEqual(["customer"]);
});

test("who acts for two vendors keeps the role when one of them lets them go; who was given it has it once", async () => {
  const member = await world.add();
  const vendor = await world.add({ roles: ["vendor"] });
  const [one, other] = [newId("vnd"), newId("vnd")];
  await added(one, member.userId, "owner", 2);
  await added(one, vendor.userId, "owner", 3);
  await added(other, member.userId, "staff", 7);
  await removed(one, member.userId, 4);
  expect(await rolesAtLogIn(member)).toEqual(["customer", "vendor"]);
  expect(await rolesAtLogIn(vendor)).toEqual(["vendor"]);
});

test("an older message brings nobody back, and gives nobody their former role", async () => {
  const account = await world.add();
  const [one, other] = [newId("vnd"), newId("vnd")];
  await removed(one, account.userId, 5);
  await added(one, account.userId, "manager", 4);
  expect(await rolesAtLogIn(account)).toEqual(["customer"]);
  await added(other, account.userId, "staff", 8);
  await added(other, account.userId, "owner", 6);
  const row = await world.db
    .selectFrom("vendor_members")
    .select(["role", "version"])
    .where("vendor_id", "=", other)
    .executeTakeFirst();
  expect(row).toEqual({ role: "staff", version: 8 });
});

test("whoever registered a vendor is its owner", async () => {
  const account = await world.add();
  const vendorId = newId("vnd");
  const data = { vendorId, ownerId: account.userId, name: "Salon" };
  await takenIn(await catalog.emit(vendorRegistered, { subject: vendorId, version: 1, data }));
  expect(await rolesAtLogIn(account)).toEqual(["customer", "vendor"]);
});
