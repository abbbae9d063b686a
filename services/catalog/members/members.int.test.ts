import type { VendorView } from "@holdfast/contracts/api/catalog";
import type { VendorMember } from "@holdfast/contracts/api/vendors";
import { envelopeSchema } from "@holdfast/contracts/define-event";
import { vendorMemberAdded, vendorMemberRemoved } from "@holdfast/contracts/events/catalog";
import { type Id, newId } from "@holdfast/contracts/ids";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CatalogWorld } from "../catalog-world.fixture.ts";

let world: CatalogWorld;

beforeAll(async () => {
  world = await CatalogWorld.start();
});

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

const add = (vendorId: string, userId: string, role: string, as = world.owner) =>
  world.client(`POST /v1/vendors/${vendorId}/members`, { body: { userId, role }, headers: as });
const remove = (vendorId: string, userId: string, as = world.owner) =>
  world.client(`DELETE /v1/vendors/${vendorId}/members/${userId}`, { headers: as });
const read = (vendorId: string, userId: Id<"usr">) =>
  world.client(`GET /v1/vendors/${vendorId}`, { headers: world.vendorUser(userId) });

async function roles(vendorId: string): Promise<Record<string, string>> {
  const { body } = await world.client(`GET /v1/vendors/${vendorId}/members`, { headers: world.admin });
  const { items: members } = body as { items: VendorMember[] };
  return Object.fromEntries(members.map(({ userId, role }) => [userId, role]));
}

describe("a vendor's members", () => {
  test("see it from when they are added until they are removed, and each is told with the vendor's version", async () => {
    const { vendorId } = await world.draftVendor();
    const userId = newId("usr");
    expect((await read(vendorId, userId)).status).toBe(404);
    const added = await add(vendorId, userId, "staff");
    expect(added.status).toBe(201);
    expect(added.body).toMatchObject({ vendorId, userId, role: "staff" });
    expect((await read(vendorId, userId)).body).toMatchObject({ version: 2 });
    expect((await remove(vendorId, userId)).status).toBe(204);
    expect((await read(vendorId, userId)).status).toBe(404);

    const [, told] = await world.events.about(vendorMemberAdded, vendorId, 2);
    expect(envelopeSchema(vendorMemberAdded).parse(told)).toMatchObject({
      aggregateversion: 2,
      data: { vendorId, userId, role: "staff" },
    });
    const [gone] = await world.events.about(vendorMemberRemoved, vendorId);
    expect(envelopeSchema(vendorMemberRemoved).parse(gone)).toMatchObject({
      aggregateversion: 3,
      data: { vendorId, userId },
    });
  });

  test("added again in another role have it from then on, in the same role nothing changes", async () => {
    const { vendorId } = await world.draftVendor();
    const userId = newId("usr");
    const first = await add(vendorId, userId, "staff");
    expect((await add(vendorId, userId, "staff")).body).toEqual(first.body);
    await add(vendorId, userId, "manager");
    expect(await roles(vendorId)).toEqual({ [world.ownerId]: "owner", [userId]: "manager" });
    expect((await read(vendorId, userId)).body).toMatchObject({ version: 3 });
  });

  test("always include an owner: the last one can neither go nor step down", async () => {
    const vendor = await world.draftVendor();
    const { vendorId } = vendor;
    await add(vendorId, newId("usr"), "manager");
    for (const refused of [
      await remove(vendorId, world.ownerId),
      await add(vendorId, world.ownerId, "manager"),
      await remove(vendorId, world.ownerId, world.admin),
    ]) {
      expect(refused.status).toBe(409);
      expect(refused.body).toMatchObject({ code: "catalog/last-owner" });
    }
    expect(await roles(vendorId)).toMatchObject({ [world.ownerId]: "owner" });
  });

  test("can be left by an owner where there is another, who then is the vendor's", async () => {
    const { vendorId } = await world.draftVendor();
    const userId = newId("usr");
    await add(vendorId, userId, "owner");
    expect((await remove(vendorId, world.ownerId)).status).toBe(204);
    const vendor = (await read(vendorId, userId)).body as VendorView;
    expect(vendor.ownerId).toBe(userId);
    expect((await read(vendorId, world.ownerId)).status).toBe(404);
  });

  test("keep one owner when two owners remove each other at once", async () => {
    const { vendorId } = await world.draftVendor();
    const other = newId("usr");
    await add(vendorId, other, "owner");
    const answers = await Promise.all([
      remove(vendorId, other),
      remove(vendorId, world.ownerId, world.vendorUser(other)),
    ]);
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    expect(Object.values(await roles(vendorId))).toEqual(["owner"]);
  });

  test("cannot be removed where they are none", async () => {
    const { vendorId } = await world.draftVendor();
    const refused = await remove(vendorId, newId("usr"));
    expect(refused.status).toBe(404);
    expect(refused.body).toMatchObject({ code: "catalog/member-not-found" });
  });

  test("are not more than a vendor may have", async () => {
    const { vendorId } = await world.draftVendor();
    await world.sql.query(
      `insert into vendor_members (vendor_id, user_id, role, added_at)
       select $1, 'usr_' || n, 'staff', now() from generate_series(1, 499) n`,
      [vendorId],
    );
    const refused = await add(vendorId, newId("usr"), "staff");
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({ code: "catalog/too-many-members" });
    await world.sql.query("delete from vendor_members where vendor_id = $1 and user_id = 'usr_1'", [
      vendorId,
    ]);
    expect((await add(vendorId, newId("usr"), "staff")).status).toBe(201);
  });
});
