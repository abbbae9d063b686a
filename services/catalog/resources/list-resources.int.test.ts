import type { ResourceView, VendorView } from "@holdfast/contracts/api/catalog";
import { newId } from "@holdfast/contracts/ids";
import { type JsonClient, jsonClient } from "@holdfast/testkit/services/json-client";
import { type ServicePlatform, startServicePlatform } from "@holdfast/testkit/services/service-platform";
import type { TokenSigner } from "@holdfast/testkit/tokens/token-signer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readConfig } from "../config.ts";
import { startCatalog } from "../service.ts";

type Page = { items: ResourceView[]; next: string | null };

let platform: ServicePlatform;
let signer: TokenSigner;
let catalog: Awaited<ReturnType<typeof startCatalog>>;
let client: JsonClient;
let owner: Record<string, string>;
let vendors: VendorView[];
/** Published, oldest first: rooms and chairs in turn, of two vendors. */
let published: ResourceView[];

const rules = (title: string, kind: string) => ({
  title,
  kind,
  zone: "Europe/Lisbon",
  capacity: 1,
  availability: { by: "nights", checkIn: "15:00", checkOut: "11:00", minimumNights: 1, maximumNights: 30 },
  price: { per: "night", amountMinor: 9000, currency: "EUR" },
  cancellation: { fullRefundUntilHours: 48, refundPercentAfter: 0 },
});

async function vendor(name: string): Promise<VendorView> {
  const { body } = await client("POST /v1/vendors", { body: { name }, headers: owner });
  const { vendorId } = body as VendorView;
  const admin = signer.authorization({ roles: ["admin"] });
  return (await client(`POST /v1/vendors/${vendorId}/verify`, { headers: admin })).body as VendorView;
}

async function publish(of: VendorView | undefined, title: string, kind: string): Promise<ResourceView> {
  const body = { vendorId: of?.vendorId, rules: rules(title, kind) };
  const { resourceId } = (await client("POST /v1/resources", { body, headers: owner })).body as ResourceView;
  return (await client(`POST /v1/resources/${resourceId}/publish`, { headers: owner })).body as ResourceView;
}

beforeAll(async () => {
  platform = await startServicePlatform("catalog");
  ({ signer } = platform);
  catalog = await startCatalog(readConfig(platform.environment));
  client = jsonClient(`http://127.0.0.1:${catalog.port}`);
  owner = signer.authorization({ roles: ["vendor"] });
  vendors = [await vendor("Casa Azul"), await vendor("Casa Verde")];
  published = [];
  for (let n = 0; n < 7; n += 1) {
    published.push(
      await publish(vendors[n % 3 === 0 ? 1 : 0], `Resource ${n}`, n % 2 === 0 ? "room" : "chair"),
    );
  }
  await client("POST /v1/resources", {
    body: { vendorId: vendors[0]?.vendorId, rules: rules("A draft", "room") },
    headers: owner,
  });
});

afterAll(async () => {
  await catalog?.[Symbol.asyncDispose]();
  await platform?.[Symbol.asyncDispose]();
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
