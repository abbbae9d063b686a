import type { Received } from "@holdfast/chassis/consumer";
import { createLogger } from "@holdfast/chassis/log";
import { openMigratedDatabase } from "@holdfast/chassis/migrated-database.fixture";
import type { Caller } from "@holdfast/chassis/tokens";
import { createTransactor } from "@holdfast/chassis/unit-of-work";
import type { Role, VendorPermission } from "@holdfast/contracts/access";
import type { MemberRole } from "@holdfast/contracts/events/catalog";
import { type Id, newId } from "@holdfast/contracts/ids";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PaymentTables } from "../database.ts";
import {
  applyMemberAdded,
  applyMemberRemoved,
  applyRegistered,
  applySuspended,
  applyVerified,
} from "./apply-vendor-events.ts";
import { mayActFor } from "./may-act-for.ts";

const open = async () => {
  const database = await openMigratedDatabase<PaymentTables>(
    "payment",
    new URL("../migrations/", import.meta.url),
  );
  const { db } = database;
  const log = createLogger("test", "silent");
  const outbox = { publishAtOnce: () => undefined };
  const transact = createTransactor<PaymentTables>({ db, outbox, log, name: "payment" });
  return { database, db, transact };
};

let world: Awaited<ReturnType<typeof open>>;
beforeAll(async () => {
  world = await open();
});
afterAll(() => world.database[Symbol.asyncDispose]());

function received<D>(version: number, data: D): Received<D> {
  return { id: newId("evt"), time: "2030-05-05T12:00:00Z", subject: "vnd", version, data, deliveries: 1 };
}

const registered = (vendorId: Id<"vnd">, ownerId: Id<"usr">) =>
  world.transact((unit) => applyRegistered(unit, [received(1, { vendorId, ownerId, name: "Salon" })]));
const added = (vendorId: Id<"vnd">, userId: Id<"usr">, version: number, role: MemberRole = "owner") =>
  world.transact((unit) => applyMemberAdded(unit, [received(version, { vendorId, userId, role })]));
const removed = (vendorId: Id<"vnd">, userId: Id<"usr">, version: number) =>
  world.transact((unit) => applyMemberRemoved(unit, [received(version, { vendorId, userId })]));

const callerOf = (userId: Id<"usr">, role: Role = "vendor"): Caller => ({
  userId,
  roles: [role],
  issuedAtMs: 0,
});
const may = (
  vendorId: Id<"vnd">,
  userId: Id<"usr">,
  permission: VendorPermission = "vendor:members:own",
  role?: Role,
) => mayActFor(world.db, callerOf(userId, role), { vendorId, permission });

describe("who acts for a vendor", () => {
  test("is whoever registered it, and administrators, and nobody else", async () => {
    const [vendorId, ownerId] = [newId("vnd"), newId("usr")];
    await registered(vendorId, ownerId);
    expect(await may(vendorId, ownerId)).toBe(true);
    expect(await may(vendorId, newId("usr"), "vendor:members:own", "admin")).toBe(true);
    expect(await may(vendorId, newId("usr"))).toBe(false);
    expect(await may(newId("vnd"), ownerId)).toBe(false);
  });

  test("does so no further than their role there allows, nor than their account's", async () => {
    const [vendorId, userId] = [newId("vnd"), newId("usr")];
    await added(vendorId, userId, 2, "staff");
    expect(await may(vendorId, userId, "vendor:read:own")).toBe(true);
    expect(await may(vendorId, userId, "vendor:members:own")).toBe(false);
    await added(vendorId, userId, 3, "owner");
    expect(await may(vendorId, userId, "vendor:members:own")).toBe(true);
    expect(await may(vendorId, userId, "vendor:members:own", "customer")).toBe(false);
  });

  test("is nobody who was removed, though older news of them comes later", async () => {
    const [vendorId, ownerId] = [newId("vnd"), newId("usr")];
    await removed(vendorId, ownerId, 7);
    await added(vendorId, ownerId, 6);
    await registered(vendorId, ownerId);
    expect(await may(vendorId, ownerId)).toBe(false);
    await added(vendorId, ownerId, 8);
    expect(await may(vendorId, ownerId)).toBe(true);
  });

  test("is decided by the newest of what comes at once", async () => {
    const [vendorId, userId] = [newId("vnd"), newId("usr")];
    await world.transact((unit) =>
      applyMemberAdded(unit, [
        received(5, { vendorId, userId, role: "staff" as const }),
        received(4, { vendorId, userId, role: "owner" as const }),
      ]),
    );
    expect(await may(vendorId, userId)).toBe(false);
  });
});

test("a vendor is suspended until it is verified again, whatever older news comes later", async () => {
  const data = { vendorId: newId("vnd") };
  const suspended = async () => {
    const row = await world.db
      .selectFrom("vendors")
      .select("suspended")
      .where("vendor_id", "=", data.vendorId)
      .executeTakeFirst();
    return row?.suspended;
  };
  await world.transact((unit) => applySuspended(unit, [received(4, data)]));
  await world.transact((unit) => applyVerified(unit, [received(3, data)]));
  expect(await suspended()).toBe(true);
  await world.transact((unit) => applyVerified(unit, [received(5, data)]));
  await world.transact((unit) => applySuspended(unit, [received(4, data)]));
  expect(await suspended()).toBe(false);
});
