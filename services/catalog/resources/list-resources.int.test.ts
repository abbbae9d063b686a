import type { ResourceView, VendorView } from "@holdfast/contracts/api/catalog";
import { newId } from "@holdfast/contracts/ids";
import type { JsonClient } from "@holdfast/testkit/services/json-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type As, CatalogWorld } from "../catalog-world.fixture.ts";

type Page = { items: ResourceView[]; next: string | null };

let world: CatalogWorld;
let client: JsonClient;
let owner: As;
let vendors: VendorView[];
/** Published, oldest first: rooms and chairs in turn, of two vendors. */
let published: ResourceView[];

const publish = (of: VendorView | undefined, title: string, kind: string) =>
  world.published(of!.vendorId, { title, kind });

beforeAll(async () => {
  world = await CatalogWorld.start();
  ({ client, owner } = world);
  vendors = [await world.verifiedVendor("Casa Azul"), await world.verifiedVendor("Casa Verde")];
  published = [];
  for (let n = 0; n < 7; n += 1) {
    published.push(
      await publish(vendors[n % 3 === 0 ? 1 : 0], `Resource ${n}`, n % 2 === 0 ? "room" : "chair"),
    );
  }
  await world.draft(vendors[0]!.vendorId, { title: "A draft", kind: "room" });
});

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

async function list(query: string): Promise<Page & { link: string | null }> {
  const { status, body, headers } = await client(`GET /v1/resources${query}`);
  expect(status).toBe(200);
  return { ...(body as Page), link: headers.get("link") };
}

const titles = (items: readonly ResourceView[]) => items.map((item) => item.rules.title);
const newestFirst = (keep: (item: ResourceView) => boolean = () => true) =>
  titles(published.filter(keep).toReversed());

test("shows strangers everything published, newest first, and no draft", async () => {
  const { items, next, link } = await list("");
  expect(items).toEqual(published.toReversed());
  expect(next).toBeNull();
  expect(link).toBeNull();
});

test("page after page shows each resource once, also along the Link header", async () => {
  const seen: string[] = [];
  let query = "?limit=3";
  for (let pages = 0; pages < 3; pages += 1) {
    const { items, next, link } = await list(query);
    seen.push(...titles(items));
    expect(link === null).toBe(next === null);
    if (link === null) break;
    const target = /^<\/v1\/resources(\?[^>]+)>; rel="next"$/.exec(link)?.[1];
    expect(new URLSearchParams(target).get("after")).toBe(next);
    query = target ?? "";
  }
  expect(seen).toEqual(newestFirst());
});

test("a page that is exactly full is the last", async () => {
  expect((await list("?limit=7")).next).toBeNull();
});

test("what is published or retired between two pages shifts nothing", async () => {
  const first = await list("?limit=3");
  const newer = await publish(vendors[0], "Newer", "room");
  const second = await list(`?limit=10&after=${first.next}`);
  expect(titles([...first.items, ...second.items])).toEqual(newestFirst());
  await client(`POST /v1/resources/${newer.resourceId}/retire`, { headers: owner });
  expect(titles((await list("")).items)).toEqual(newestFirst());
});

test("narrows by vendor and by kind, and keeps both on the next page", async () => {
  const vendorId = vendors[0]?.vendorId;
  const of = (item: ResourceView) => item.vendorId === vendorId && item.rules.kind === "chair";
  expect(titles((await list("?kind=chair")).items)).toEqual(
    newestFirst((item) => item.rules.kind === "chair"),
  );
  expect(titles((await list(`?vendorId=${vendorId}`)).items)).toEqual(
    newestFirst((item) => item.vendorId === vendorId),
  );
  const { items, link } = await list(`?kind=chair&vendorId=${vendorId}&limit=1`);
  const target = /<\/v1\/resources(\?[^>]+)>/.exec(link ?? "")?.[1];
  expect(titles([...items, ...(await list(target ?? "")).items])).toEqual(newestFirst(of).slice(0, 2));
  expect((await list("?kind=boat")).items).toEqual([]);
});

test.each(["nonsense", newId("res"), Buffer.from(newId("vnd")).toString("base64url"), "%27%20or%201%3D1"])(
  "refuses the cursor %s, naming it",
  async (after) => {
    const { status, body } = await client(`GET /v1/resources?after=${after}`);
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: "request/invalid", errors: [{ field: "after" }] });
  },
);

test.each(["limit=0", "limit=101", "limit=ten", "offset=3", "vendorId=17"])("refuses %s", async (query) => {
  expect((await client(`GET /v1/resources?${query}`)).status).toBe(400);
});

describe("a vendor's own list", () => {
  const own = (query: string, headers = owner) =>
    client(`GET /v1/vendors/${vendors[0]!.vendorId}/resources${query}`, { headers });
  const titlesOf = (body: unknown) => titles((body as Page).items);

  test("has drafts and retired ones too, by status where asked for", async () => {
    const ofVendor = newestFirst((item) => item.vendorId === vendors[0]!.vendorId);
    expect(titlesOf((await own("")).body)).toEqual(["Newer", "A draft", ...ofVendor]);
    expect(titlesOf((await own("?status=draft")).body)).toEqual(["A draft"]);
    expect(titlesOf((await own("?status=retired")).body)).toEqual(["Newer"]);
    expect(titlesOf((await own("?status=published")).body)).toEqual(ofVendor);
  });

  test("goes on along its Link header", async () => {
    const first = await own("?status=published&limit=3");
    const target = /^<([^>]+)>; rel="next"$/.exec(first.headers.get("link") ?? "")?.[1];
    const second = await client(`GET ${target as `/${string}`}`, { headers: owner });
    const ofVendor = newestFirst((item) => item.vendorId === vendors[0]!.vendorId);
    expect([...titlesOf(first.body), ...titlesOf(second.body)]).toEqual(ofVendor);
  });

  test("is not for strangers", async () => {
    const { status, body } = await own("", world.vendorUser());
    expect(status).toBe(404);
    expect(body).toMatchObject({ code: "catalog/vendor-not-found" });
  });
});

test("hides what a suspended vendor has, until it is reinstated", async () => {
  const vendor = await world.verifiedVendor("Casa Rosa");
  const resource = await publish(vendor, "Rose", "garden");
  await world.step(vendor.vendorId, "suspend", { reason: "unpaid fees" });
  expect((await list("?kind=garden")).items).toEqual([]);
  await world.step(vendor.vendorId, "reinstate");
  expect((await list("?kind=garden")).items).toEqual([resource]);
});
