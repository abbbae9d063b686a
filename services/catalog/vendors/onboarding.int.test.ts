import type { VendorView } from "@holdfast/contracts/api/catalog";
import { envelopeSchema, type EventDefinition } from "@holdfast/contracts/define-event";
import {
  vendorRegistered,
  vendorRejected,
  vendorReviewStarted,
  vendorSubmitted,
  vendorSuspended,
  vendorVerified,
} from "@holdfast/contracts/events/catalog";
import { newId } from "@holdfast/contracts/ids";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CatalogWorld, documents } from "../catalog-world.fixture.ts";

let world: CatalogWorld;

beforeAll(async () => {
  world = await CatalogWorld.start();
});

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

const step = (vendorId: string, verb: string, body?: object, as = world.admin) =>
  world.client(`POST /v1/vendors/${vendorId}/${verb}`, { body, headers: as });

/** What was announced about a vendor under these types, in the stream's order, as type and version. */
async function told(vendorId: string): Promise<string[]> {
  // Whatever was announced before this one has arrived too: a stream keeps its order.
  const later = await world.draftVendor("Later");
  await world.events.about(vendorRegistered, later.vendorId);
  return world.events.all
    .filter(({ subject, type }) => subject === vendorId && !type.includes("member"))
    .map(({ type, aggregateversion }) => `${aggregateversion} ${type}`);
}

const data = async (event: EventDefinition, vendorId: string) =>
  envelopeSchema(event).parse((await world.events.about(event, vendorId)).at(-1)).data;

describe("a vendor's onboarding", () => {
  test("leads from draft over a rejection to verified, suspended and back, each step announced with its version", async () => {
    const { vendorId } = await world.draftVendor();
    const statuses = [
      await world.step(vendorId, "submit", { documents }, world.owner),
      await world.step(vendorId, "review"),
      await world.step(vendorId, "reject", { reasons: ["The licence has expired.", "No insurance."] }),
      await world.step(vendorId, "submit", { documents }, world.owner),
      await world.step(vendorId, "verify"),
      await world.step(vendorId, "suspend", { reason: "Unpaid fees." }),
      await world.step(vendorId, "reinstate"),
    ].map(({ status, reasons, version }) => ({ status, reasons, version }));
    expect(statuses).toEqual([
      { status: "submitted", reasons: [], version: 2 },
      { status: "in-review", reasons: [], version: 3 },
      { status: "rejected", reasons: ["The licence has expired.", "No insurance."], version: 4 },
      { status: "submitted", reasons: [], version: 5 },
      { status: "verified", reasons: [], version: 6 },
      { status: "suspended", reasons: ["Unpaid fees."], version: 7 },
      { status: "verified", reasons: [], version: 8 },
    ]);
    expect(await told(vendorId)).toEqual([
      `1 ${vendorRegistered.type}`,
      `2 ${vendorSubmitted.type}`,
      `3 ${vendorReviewStarted.type}`,
      `4 ${vendorRejected.type}`,
      `5 ${vendorSubmitted.type}`,
      `6 ${vendorVerified.type}`,
      `7 ${vendorSuspended.type}`,
      `8 ${vendorVerified.type}`,
    ]);
    expect(await data(vendorRejected, vendorId)).toMatchObject({ vendorId, reasons: [] });
    expect(await data(vendorSuspended, vendorId)).toMatchObject({ vendorId, reason: "" });
  });

  test("keeps who took each step, when and why, for owners and administrators", async () => {
    const adminId = newId("usr");
    const admin = world.signer.authorization({ userId: adminId, roles: ["admin"] });
    const { vendorId } = await world.submittedVendor();
    await world.step(vendorId, "reject", { reasons: ["No."] }, admin);
    const history = await world.client(`GET /v1/vendors/${vendorId}/history`, { headers: world.owner });
    expect(history.status).toBe(200);
    const at = expect.stringMatching(/Z$/) as string;
    const { ownerId } = world;
    const whole = documents.map((one) => ({ ...one, note: "" }));
    expect(history.body).toEqual({
      entries: [
        {
          version: 3,
          at,
          action: "reject",
          from: "submitted",
          to: "rejected",
          by: adminId,
          reasons: ["No."],
          documents: [],
        },
        {
          version: 2,
          at,
          action: "submit",
          from: "draft",
          to: "submitted",
          by: ownerId,
          reasons: [],
          documents: whole,
        },
        {
          version: 1,
          at,
          action: "register",
          from: null,
          to: "draft",
          by: ownerId,
          reasons: [],
          documents: [],
        },
      ],
    });
  });

  test("takes verify once, however often and at once it is asked for", async () => {
    const { vendorId } = await world.submittedVendor();
    const answers = await Promise.all(Array.from({ length: 4 }, () => step(vendorId, "verify")));
    for (const { status, body } of answers) {
      expect(status).toBe(200);
      expect(body).toMatchObject({ status: "verified", version: 3 });
    }
    expect((await told(vendorId)).filter((each) => each.endsWith(vendorVerified.type))).toHaveLength(1);
  });

  test("lets the documents be replaced until the review begins, and not after", async () => {
    const { vendorId } = await world.submittedVendor();
    const better = [{ kind: "identity", reference: "ref-2", note: "with seal" }];
    await world.step(vendorId, "submit", { documents: better }, world.owner);
    await world.step(vendorId, "review");
    const refused = await step(vendorId, "submit", { documents }, world.owner);
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({ code: "catalog/vendor-transition-not-allowed" });
    const history = await world.client(`GET /v1/vendors/${vendorId}/history`, { headers: world.admin });
    const { entries } = history.body as { entries: { action: string; documents: unknown }[] };
    expect(entries.find(({ action }) => action === "submit")?.documents).toEqual(better);
  });

  test.each([
    ["verify", undefined],
    ["review", undefined],
    ["reject", { reasons: ["No."] }],
    ["suspend", { reason: "No." }],
    ["reinstate", undefined],
  ])("refuses to %s a draft, and changes nothing", async (verb, body) => {
    const draft = await world.draftVendor();
    const refused = await step(draft.vendorId, verb, body);
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({ code: "catalog/vendor-transition-not-allowed" });
    const after = await world.client(`GET /v1/vendors/${draft.vendorId}`, { headers: world.owner });
    expect(after.body).toEqual(draft);
    expect(await told(draft.vendorId)).toEqual([`1 ${vendorRegistered.type}`]);
  });

  test("ends a suspension by reinstating alone", async () => {
    const { vendorId } = await world.verifiedVendor();
    await world.step(vendorId, "suspend", { reason: "Unpaid fees." });
    expect((await step(vendorId, "verify")).status).toBe(409);
    expect((await step(vendorId, "suspend", { reason: "Again." })).status).toBe(409);
    expect((await step(vendorId, "reinstate")).status).toBe(200);
  });

  test("publishes nothing of a suspended vendor's", async () => {
    const { vendorId } = await world.verifiedVendor();
    const { resourceId } = await world.draft(vendorId);
    await world.step(vendorId, "suspend", { reason: "Unpaid fees." });
    const refused = await world.client(`POST /v1/resources/${resourceId}/publish`, { headers: world.owner });
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({ code: "catalog/vendor-unverified" });
  });

  test("shows a vendor of the first release as a draft that can be submitted", async () => {
    const { vendorId } = await world.draftVendor();
    await world.sql.query("update vendors set status = 'registered' where id = $1", [vendorId]);
    await world.sql.query("delete from vendor_members where vendor_id = $1", [vendorId]);
    const read = await world.client(`GET /v1/vendors/${vendorId}`, { headers: world.owner });
    expect(read.body).toMatchObject({ status: "draft" });
    const list = await world.client("GET /v1/vendors?status=draft&limit=1", { headers: world.owner });
    expect((list.body as { items: VendorView[] }).items.map((one) => one.vendorId)).toEqual([vendorId]);
    await world.step(vendorId, "submit", { documents }, world.owner);
    const members = await world.client(`GET /v1/vendors/${vendorId}/members`, { headers: world.owner });
    expect(members.body).toMatchObject({ items: [{ userId: world.ownerId, role: "owner" }] });
  });
});
