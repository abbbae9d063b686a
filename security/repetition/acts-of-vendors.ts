/** Calls about vendors and what they offer that have an effect. */
import { createResource, registerVendor, verifyVendor } from "@holdfast/contracts/api/catalog";
import { createPromotion } from "@holdfast/contracts/api/promotions";
import { addVendorMember, submitVendor, suspendVendor } from "@holdfast/contracts/api/vendors";
import { type Id, newId } from "@holdfast/contracts/ids";
import { deskRules } from "@holdfast/testkit/resource-rules";
import { randomUUID } from "node:crypto";
import type { RouteGround } from "../route-ground.ts";
import type { Prepare } from "./act.ts";

const documents = [{ kind: "identity", reference: "https://documents.example/1" }];
const owner = ({ things }: RouteGround) => things.A.owner.client;
const admin = ({ world }: RouteGround) => world.people.admin.client;

async function newVendor(ground: RouteGround): Promise<Id<"vnd">> {
  return (await owner(ground).call(registerVendor, { body: { name: "A house of its own" } })).vendorId;
}

/** About a vendor of its own that has come so far. */
const aboutVendor =
  (...steps: ((ground: RouteGround, vendorId: Id<"vnd">) => Promise<unknown>)[]): Prepare =>
  async (ground) => {
    const vendorId = await newVendor(ground);
    for (const step of steps) await step(ground, vendorId);
    return { ids: { vendorId } };
  };

const submitted = (ground: RouteGround, vendorId: Id<"vnd">) =>
  owner(ground).call(submitVendor, { params: { vendorId }, body: { documents } });
const verified = (ground: RouteGround, vendorId: Id<"vnd">) =>
  admin(ground).call(verifyVendor, { params: { vendorId } });
const suspended = (ground: RouteGround, vendorId: Id<"vnd">) =>
  admin(ground).call(suspendVendor, { params: { vendorId }, body: { reason: "So." } });

/** About a draft of its own. */
const aboutDraft: Prepare = async (ground) => {
  const body = { vendorId: ground.things.A.vendor.vendorId, rules: deskRules };
  return { ids: { resourceId: (await owner(ground).call(createResource, { body })).resourceId } };
};

/** About a promotion of its own. */
const aboutPromotion: Prepare = async (ground) => {
  const body = { code: randomUUID().toUpperCase(), label: "Spring", discount: { basisPoints: 1_000 } };
  const params = { vendorId: ground.things.A.vendor.vendorId };
  const { promotionId } = await owner(ground).call(createPromotion, { params, body });
  return { ids: { promotionId } };
};

export const actsOfVendors: Readonly<Record<string, Prepare>> = {
  publishResource: aboutDraft,
  replaceResource: aboutDraft,
  retireResource: aboutDraft,
  submitVendor: aboutVendor(),
  reviewVendor: aboutVendor(submitted),
  verifyVendor: aboutVendor(submitted),
  rejectVendor: aboutVendor(submitted),
  suspendVendor: aboutVendor(submitted, verified),
  reinstateVendor: aboutVendor(submitted, verified, suspended),
  removeVendorMember: async (ground) => {
    const { vendorId } = ground.things.A.vendor;
    const body = { userId: newId("usr"), role: "staff" as const };
    await owner(ground).call(addVendorMember, { params: { vendorId }, body });
    return { ids: { userId: body.userId } };
  },
  endPromotion: aboutPromotion,
  replacePromotion: async (ground) => ({
    ...(await aboutPromotion(ground)),
    body: { code: randomUUID().toUpperCase(), label: "Autumn", discount: { basisPoints: 500 } },
  }),
};
