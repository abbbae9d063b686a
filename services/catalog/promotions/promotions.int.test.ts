import type { PromotionView } from "@holdfast/contracts/api/promotions";
import { envelopeSchema } from "@holdfast/contracts/define-event";
import { promotionEnded, promotionPublished, resourcePublished } from "@holdfast/contracts/events/catalog";
import { newId } from "@holdfast/contracts/ids";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type As, CatalogWorld } from "../catalog-world.fixture.ts";

let world: CatalogWorld;
let vendorId: string;

beforeAll(async () => {
  world = await CatalogWorld.start();
  ({ vendorId } = await world.verifiedVendor());
});

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

let codes = 0;
/** Terms with a code of their own. */
const terms = (more: object = {}) => ({
  code: `CODE-${++codes}`,
  label: "Spring",
  discount: { basisPoints: 1500 },
  ...more,
});
const at = (of: string, id?: string, verb?: string) =>
  ["/v1/vendors", of, "promotions", id, verb].filter((part) => part !== undefined).join("/") as `/${string}`;
const create = (body: object, headers: As = world.owner, of = vendorId) =>
  world.client(`POST ${at(of)}`, { body, headers });
const replace = (id: string, body: object, ifMatch: string) =>
  world.client(`PUT ${at(vendorId, id)}`, { body, headers: { ...world.owner, "if-match": ifMatch } });
const end = (id: string) => world.client(`POST ${at(vendorId, id, "end")}`, { headers: world.owner });

async function created(more: object = {}): Promise<PromotionView> {
  const { status, body } = await create(terms(more));
  expect(status, JSON.stringify(body)).toBe(201);
  return body as PromotionView;
}

describe("a promotion", () => {
  test("is published with all its terms, and in each later version", async () => {
    const { resourceId } = await world.published(vendorId);
    const given = terms({
      discount: { amountMinor: 500, currency: "EUR" },
      resourceIds: [resourceId],
      validFrom: "2027-01-01T00:00:00Z",
      validUntil: "2027-02-01T00:00:00Z",
      maximumUses: 100,
      maximumUsesPerCustomer: 1,
    });
    const { status, body, headers } = await create(given);
    expect(status).toBe(201);
    expect(headers.get("etag")).toBe('"1"');
    const promotion = body as PromotionView;
    const { promotionId } = promotion;
    expect(promotion).toEqual({
      ...given,
      promotionId: expect.stringMatching(/^prm_/),
      vendorId,
      version: 1,
      endedAt: null,
      createdAt: expect.stringMatching(/Z$/),
    });
    const second = await replace(promotionId, { ...given, maximumUses: 50 }, '"1"');
    expect(second.body).toEqual({ ...promotion, maximumUses: 50, version: 2 });
    const told = await world.events.about(promotionPublished, promotionId, 2);
    expect(told.map((event) => envelopeSchema(promotionPublished).parse(event))).toMatchObject([
      { aggregateversion: 1, data: { ...given, promotionId, vendorId, version: 1 } },
      { aggregateversion: 2, data: { ...given, promotionId, vendorId, version: 2, maximumUses: 50 } },
    ]);
  });

  test("ended is announced once, takes no changes, and leaves its code free", async () => {
    const { promotionId, code } = await created();
    const ended = await end(promotionId);
    expect(ended.status).toBe(200);
    expect(ended.body).toMatchObject({ version: 2, endedAt: expect.stringMatching(/Z$/) });
    expect((await end(promotionId)).body).toEqual(ended.body);
    const changed = await replace(promotionId, terms(), '"2"');
    expect(changed.status).toBe(409);
    expect(changed.body).toMatchObject({ code: "catalog/promotion-ended" });
    const again = await created({ code });
    await world.events.about(promotionPublished, again.promotionId);
    const told = await world.events.about(promotionEnded, promotionId);
    expect(told.map((event) => envelopeSchema(promotionEnded).parse(event).data)).toEqual([
      { promotionId, vendorId, version: 2 },
    ]);
  });

  test("has a code that no other of the vendor has, also where many ask at once", async () => {
    const one = terms();
    const answers = await Promise.all(Array.from({ length: 6 }, () => create(one)));
    const refused = answers.filter(({ status }) => status === 409);
    expect(refused).toHaveLength(5);
    for (const { body } of refused) {
      expect(body).toMatchObject({ code: "catalog/promotion-code-taken", errors: [{ field: "code" }] });
    }
    const other = await created();
    const taken = await replace(other.promotionId, one, '"1"');
    expect(taken.body).toMatchObject({ code: "catalog/promotion-code-taken" });
    const elsewhere = await world.draftVendor("Casa Verde");
    expect((await create(one, world.owner, elsewhere.vendorId)).status).toBe(201);
  });

  test("can only be for the vendor's own resources, and names those it may not be for", async () => {
    const { resourceId } = await world.draft(vendorId);
    const elsewhere = await world.draftVendor("Casa Verde");
    const theirs = await world.draft(elsewhere.vendorId);
    const resourceIds = [resourceId, theirs.resourceId, newId("res")];
    const { status, body } = await create(terms({ resourceIds }));
    expect(status).toBe(422);
    expect(body).toMatchObject({ code: "catalog/promotion-resource-unknown" });
    const { errors } = body as { errors: { field: string }[] };
    expect(errors.map(({ field }) => field)).toEqual(["resourceIds.1", "resourceIds.2"]);
  });

  test("needs the version that was read to be replaced", async () => {
    const { promotionId } = await created();
    expect((await replace(promotionId, terms(), '"4"')).status).toBe(412);
    const missing = await world.client(`PUT ${at(vendorId, promotionId)}`, {
      body: terms(),
      headers: world.owner,
    });
    expect(missing.status).toBe(428);
  });

  test("twice with one Idempotency-Key is made once", async () => {
    const headers = { ...world.owner, "idempotency-key": `key-${newId("evt")}` };
    const one = terms();
    const [first, second] = [await create(one, headers), await create(one, headers)];
    expect(second.status).toBe(201);
    expect(second.body).toEqual(first.body);
  });

  test("of another vendor is not there", async () => {
    const { promotionId } = await created();
    const elsewhere = await world.draftVendor("Casa Verde");
    const path = at(elsewhere.vendorId, promotionId, "end");
    const { status, body } = await world.client(`POST ${path}`, { headers: world.owner });
    expect(status).toBe(404);
    expect(body).toMatchObject({ code: "catalog/promotion-not-found" });
  });

  test("is listed for members, newest first, page by page, and told to nobody else", async () => {
    const { vendorId: of } = await world.verifiedVendor("Casa Rosa");
    const made = [];
    for (let n = 0; n < 3; n += 1) {
      made.push((await create(terms(), world.owner, of)).body as PromotionView);
    }
    await world.client(`POST ${at(of, made[0]!.promotionId, "end")}`, { headers: world.owner });
    type Page = { items: PromotionView[]; next: string | null };
    const list = async (query: string, headers: As = world.owner) =>
      world.client(`GET ${at(of)}${query}` as `GET /${string}`, { headers });
    const first = await list("?limit=2");
    const { items, next } = first.body as Page;
    expect(items).toEqual([made[2], made[1]]);
    const rest = (await list(`?limit=2&after=${next}`)).body as Page;
    expect(rest).toMatchObject({ items: [{ code: made[0]!.code }], next: null });
    expect(((await list("?ended=false")).body as Page).items).toEqual([made[2], made[1]]);
    expect(((await list("?ended=true")).body as Page).items).toHaveLength(1);
    expect((await list("", world.vendorUser())).status).toBe(404);

    const { resourceId } = await world.published(of);
    const [published] = await world.events.about(resourcePublished, resourceId);
    const answered = await world.client(`GET /v1/resources/${resourceId}`);
    for (const told of [published, answered.body, (await world.client("GET /v1/resources")).body]) {
      expect(JSON.stringify(told)).not.toContain(made[1]!.code);
    }
  });
});
