import type { ResourceView, VendorView } from "@holdfast/contracts/api/catalog";
import { envelopeSchema } from "@holdfast/contracts/define-event";
import { resourcePublished, resourceRetired } from "@holdfast/contracts/events/catalog";
import { newId } from "@holdfast/contracts/ids";
import { completeRules } from "@holdfast/testkit/resource-rules";
import type { EventLog } from "@holdfast/testkit/services/event-log";
import type { JsonClient } from "@holdfast/testkit/services/json-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type As, CatalogWorld, chairRules, documents } from "../catalog-world.fixture.ts";

let world: CatalogWorld;
let client: JsonClient;
let events: EventLog;
let owner: As;
let stranger: As;
let admin: As;
let vendor: VendorView;

/** As they come back. */
const wholeRules = completeRules(chairRules);

beforeAll(async () => {
  world = await CatalogWorld.start();
  ({ client, events, owner, admin } = world);
  stranger = world.vendorUser();
  vendor = await world.verifiedVendor();
});

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

const create = (of = vendor, more: object = {}, headers = owner) =>
  client("POST /v1/resources", {
    body: { vendorId: of.vendorId, rules: { ...chairRules, ...more } },
    headers,
  });
const read = (resourceId: string, headers: As = {}) => client(`GET /v1/resources/${resourceId}`, { headers });
const act = (resourceId: string, verb: "publish" | "retire", headers = owner) =>
  client(`POST /v1/resources/${resourceId}/${verb}`, { headers });
const replace = (resourceId: string, ifMatch: string | undefined, more: object = {}, headers = owner) =>
  client(`PUT /v1/resources/${resourceId}`, {
    body: { rules: { ...chairRules, ...more } },
    headers: { ...headers, ...(ifMatch === undefined ? {} : { "if-match": ifMatch }) },
  });

const draft = (of = vendor) => world.draft(of.vendorId);
const published = (of = vendor) => world.published(of.vendorId);

describe("creating a resource", () => {
  test("makes a draft with its version as ETag, and tells nobody", async () => {
    const { status, body, headers } = await create();
    const resource = body as ResourceView;
    expect(status).toBe(201);
    expect(headers.get("etag")).toBe('"1"');
    expect(resource).toEqual({
      resourceId: expect.stringMatching(/^res_/),
      vendorId: vendor.vendorId,
      vendorName: "Casa Azul",
      status: "draft",
      version: 1,
      rules: wholeRules,
    });
    const later = await published();
    await events.about(resourcePublished, later.resourceId);
    expect(events.all.filter(({ subject }) => subject === resource.resourceId)).toEqual([]);
  });

  test("twice at once with one Idempotency-Key makes one", async () => {
    const headers = { ...owner, "idempotency-key": `key-${newId("evt")}` };
    const answers = await Promise.all([create(vendor, {}, headers), create(vendor, {}, headers)]);
    const made = answers.filter(({ status }) => status === 201);
    expect(answers.every(({ status }) => status === 201 || status === 409)).toBe(true);
    expect(new Set(made.map(({ body }) => (body as ResourceView).resourceId)).size).toBe(1);
  });

  test("under somebody else's vendor is refused as if the vendor did not exist", async () => {
    const { status, body } = await create(vendor, {}, stranger);
    expect(status).toBe(404);
    expect(body).toMatchObject({ code: "catalog/vendor-not-found" });
  });

  test("is for administrators too, and not for customers", async () => {
    expect((await create(vendor, {}, admin)).status).toBe(201);
    expect((await create(vendor, {}, world.signer.authorization({ roles: ["customer"] }))).status).toBe(403);
  });

  test("names every rule that is wrong", async () => {
    const { status, body } = await create(vendor, { zone: "Mars/Olympus", capacity: 0, status: "published" });
    expect(status).toBe(400);
    const { errors } = body as { errors: { field: string }[] };
    expect(errors.map(({ field }) => field)).toEqual(
      expect.arrayContaining(["rules.zone", "rules.capacity"]),
    );
  });
});

describe("reading a resource", () => {
  test("a draft exists for its owner and administrators alone", async () => {
    const { resourceId } = await draft();
    expect((await read(resourceId, owner)).status).toBe(200);
    expect((await read(resourceId, admin)).status).toBe(200);
    for (const headers of [{}, stranger]) {
      const { status, body } = await read(resourceId, headers);
      expect(status).toBe(404);
      expect(body).toMatchObject({ code: "catalog/resource-not-found" });
    }
  });

  test("a published one is for everybody, and so is one retired since", async () => {
    const resource = await published();
    expect((await read(resource.resourceId)).body).toEqual(resource);
    await act(resource.resourceId, "retire");
    expect((await read(resource.resourceId)).body).toMatchObject({ status: "retired" });
  });
});

describe("publishing", () => {
  test("announces the whole snapshot with its version, once", async () => {
    const resource = await published();
    expect(resource).toMatchObject({ status: "published", version: 2 });
    expect((await act(resource.resourceId, "publish")).body).toEqual(resource);

    const later = await published();
    await events.about(resourcePublished, later.resourceId);
    const told = await events.about(resourcePublished, resource.resourceId);
    expect(told).toHaveLength(1);
    expect(envelopeSchema(resourcePublished).parse(told[0])).toMatchObject({
      source: "/services/catalog",
      aggregateversion: 2,
      data: {
        resourceId: resource.resourceId,
        vendorId: vendor.vendorId,
        vendorName: "Casa Azul",
        version: 2,
        rules: wholeRules,
      },
    });
  });

  test("waits for the vendor's verification", async () => {
    const unverified = await world.draftVendor();
    const { resourceId } = await draft(unverified);
    const { status, body } = await act(resourceId, "publish");
    expect(status).toBe(409);
    expect(body).toMatchObject({ code: "catalog/vendor-unverified" });
    await world.step(unverified.vendorId, "submit", { documents }, owner);
    await world.step(unverified.vendorId, "verify");
    expect((await act(resourceId, "publish")).status).toBe(200);
  });
});

describe("replacing the rules", () => {
  test("of a draft makes its next version and tells nobody", async () => {
    const { resourceId } = await draft();
    const { status, body, headers } = await replace(resourceId, '"1"', { title: "Stool" });
    expect(status).toBe(200);
    expect(headers.get("etag")).toBe('"2"');
    expect(body).toMatchObject({ status: "draft", version: 2, rules: { title: "Stool" } });
    expect((await read(resourceId, owner)).body).toEqual(body);
    expect(events.all.filter(({ subject }) => subject === resourceId)).toEqual([]);
  });

  test("of a published one publishes it again", async () => {
    const { resourceId } = await published();
    expect((await replace(resourceId, '"2"', { capacity: 3 })).status).toBe(200);
    const told = await events.about(resourcePublished, resourceId, 2);
    expect(told.map(({ data }) => [data.version, data.rules.capacity])).toEqual([
      [2, 1],
      [3, 3],
    ]);
  });

  test("needs the version that was read", async () => {
    const { resourceId } = await draft();
    const missing = await replace(resourceId, undefined);
    expect(missing.status).toBe(428);
    expect(missing.body).toMatchObject({ code: "catalog/version-missing" });
    for (const outdated of ['"2"', "1", 'W/"1"']) {
      const { status, body } = await replace(resourceId, outdated);
      expect(status).toBe(412);
      expect(body).toMatchObject({ code: "catalog/version-outdated" });
    }
    expect((await read(resourceId, owner)).body).toMatchObject({ version: 1 });
  });

  test("by two at once with the same version succeeds for one", async () => {
    const { resourceId } = await published();
    const racers = await Promise.all(
      [1, 2, 3, 4].map((n) => replace(resourceId, '"2"', { title: `Title ${n}` })),
    );
    const answered = (wanted: number) => racers.filter(({ status }) => status === wanted).length;
    expect([answered(200), answered(412)]).toEqual([1, 3]);
    expect((await read(resourceId)).body).toEqual(racers.find(({ status }) => status === 200)?.body);
  });
});

describe("retiring", () => {
  test("is announced with a higher version, once, and is for good", async () => {
    const { resourceId } = await published();
    const { status, body } = await act(resourceId, "retire");
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: "retired", version: 3 });
    expect((await act(resourceId, "retire")).body).toEqual(body);
    for (const refused of [await act(resourceId, "publish"), await replace(resourceId, '"3"')]) {
      expect(refused.status).toBe(409);
      expect(refused.body).toMatchObject({ code: "catalog/resource-retired" });
    }

    const later = await published();
    await events.about(resourcePublished, later.resourceId);
    const told = await events.about(resourceRetired, resourceId);
    expect(told.map((event) => envelopeSchema(resourceRetired).parse(event).data)).toEqual([
      { resourceId, version: 3 },
    ]);
  });

  test("a draft is told to nobody, who never heard of it", async () => {
    const { resourceId } = await draft();
    expect((await act(resourceId, "retire")).body).toMatchObject({ status: "retired" });
    const later = await published();
    await events.about(resourcePublished, later.resourceId);
    expect(events.all.filter(({ subject }) => subject === resourceId)).toEqual([]);
  });
});

describe("rules that an earlier release stored", () => {
  const store = (resourceId: string, rules: object) =>
    world.sql.query("update resources set rules = $2 where id = $1", [resourceId, JSON.stringify(rules)]);

  test("are shown, listed and published with what rules got since", async () => {
    const { resourceId } = await draft();
    await store(resourceId, chairRules);
    expect((await read(resourceId, owner)).body).toMatchObject({ rules: wholeRules });
    expect((await act(resourceId, "publish")).body).toMatchObject({ rules: wholeRules });
    const [told] = await events.about(resourcePublished, resourceId);
    expect(told!.data.rules).toEqual(wholeRules);
    await store(resourceId, chairRules);
    const list = (await client("GET /v1/resources?limit=1")).body as { items: ResourceView[] };
    expect(list.items[0]).toMatchObject({ resourceId, rules: wholeRules });
  });

  test("and would be refused today are shown as they are, and published only once they are replaced", async () => {
    const { resourceId } = await draft();
    const never = { ...wholeRules, availability: { ...wholeRules.availability, weekly: {} } };
    await store(resourceId, never);
    expect((await read(resourceId, owner)).body).toMatchObject({ rules: never });
    const refused = await act(resourceId, "publish");
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({ code: "catalog/rules-outdated" });
    expect((await replace(resourceId, '"1"')).status).toBe(200);
    expect((await act(resourceId, "publish")).status).toBe(200);
  });
});

test("to a stranger nobody else's resource can be changed, published or not", async () => {
  for (const { resourceId, version } of [await draft(), await published()]) {
    const attempts = [
      await replace(resourceId, `"${version}"`, {}, stranger),
      await act(resourceId, "publish", stranger),
      await act(resourceId, "retire", stranger),
    ];
    for (const { status, body } of attempts) {
      expect(status).toBe(404);
      expect(body).toMatchObject({ code: "catalog/resource-not-found" });
    }
    expect((await read(resourceId, owner)).body).toMatchObject({ version });
  }
});
