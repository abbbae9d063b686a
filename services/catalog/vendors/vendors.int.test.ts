import type { VendorView } from "@holdfast/contracts/api/catalog";
import { envelopeSchema } from "@holdfast/contracts/define-event";
import { vendorMemberAdded, vendorRegistered } from "@holdfast/contracts/events/catalog";
import { newId } from "@holdfast/contracts/ids";
import type { EventLog } from "@holdfast/testkit/services/event-log";
import type { JsonClient } from "@holdfast/testkit/services/json-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type As, CatalogWorld } from "../catalog-world.fixture.ts";

let world: CatalogWorld;
let client: JsonClient;
let events: EventLog;
let owner: As;
let stranger: As;
let admin: As;

beforeAll(async () => {
  world = await CatalogWorld.start();
  ({ client, events, owner, admin } = world);
  stranger = world.vendorUser();
});

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

const register = (headers = owner, body: unknown = { name: "Casa Azul" }) =>
  client("POST /v1/vendors", { body, headers });

const registered = () => world.draftVendor();

describe("registering a vendor", () => {
  test("makes the caller its owner and the vendor a draft, and announces both", async () => {
    const vendor = await registered();
    const { ownerId } = world;
    expect(vendor).toEqual({
      vendorId: expect.stringMatching(/^vnd_/),
      ownerId,
      name: "Casa Azul",
      description: "",
      contactUrl: null,
      legalName: null,
      taxId: null,
      address: null,
      status: "draft",
      reasons: [],
      version: 1,
      createdAt: expect.stringMatching(/Z$/),
    });
    const [event] = await events.about(vendorRegistered, vendor.vendorId);
    expect(envelopeSchema(vendorRegistered).parse(event)).toMatchObject({
      aggregateversion: 1,
      data: { vendorId: vendor.vendorId, ownerId, name: "Casa Azul" },
    });
    const [member] = await events.about(vendorMemberAdded, vendor.vendorId);
    expect(envelopeSchema(vendorMemberAdded).parse(member)).toMatchObject({
      aggregateversion: 1,
      data: { vendorId: vendor.vendorId, userId: ownerId, role: "owner" },
    });
  });

  test("twice with one Idempotency-Key makes one vendor, and refuses the key for another", async () => {
    const headers = { ...owner, "idempotency-key": `key-${newId("evt")}` };
    const [first, second] = [await register(headers), await register(headers)];
    expect(second.status).toBe(201);
    expect(second.body).toEqual(first.body);
    expect(second.headers.get("idempotency-replayed")).toBe("true");
    const other = await register(headers, { name: "Casa Verde" });
    expect(other.status).toBe(422);
    expect(other.body).toMatchObject({ code: "request/idempotency-key-reused" });
  });

  test.each([
    ["without a token", () => ({}), 401],
    ["as a customer", () => world.signer.authorization({ roles: ["customer"] }), 403],
    [
      "as a service",
      () => world.signer.authorization({ userId: "svc:notification", roles: ["service"] }),
      403,
    ],
    [
      "with a token that has expired",
      () => world.signer.authorization({ roles: ["vendor"], lifetimeSeconds: -60 }),
      401,
    ],
  ])("is refused %s", async (_, headers, status) => {
    expect((await register(headers() as As)).status).toBe(status);
  });

  test.each([
    ["ownerId", { name: "Casa", ownerId: newId("usr") }],
    ["status", { name: "Casa", status: "verified" }],
    ["name", { name: "  " }],
    ["name", {}],
  ])("refuses a body whose %s is not the caller's to say", async (field, body) => {
    const { status, body: problem } = await register(owner, body);
    expect(status).toBe(400);
    expect(JSON.stringify(problem)).toContain(field);
  });
});

describe("reading a vendor", () => {
  test("is for its owner and administrators", async () => {
    const vendor = await registered();
    for (const headers of [owner, admin]) {
      const { status, body } = await client(`GET /v1/vendors/${vendor.vendorId}`, { headers });
      expect(status).toBe(200);
      expect(body).toEqual(vendor);
    }
  });

  test("to a stranger it is as if it did not exist", async () => {
    const vendor = await registered();
    const read = (vendorId: string) => client(`GET /v1/vendors/${vendorId}`, { headers: stranger });
    const [theirs, nobodys] = [await read(vendor.vendorId), await read(newId("vnd"))];
    expect(theirs.status).toBe(404);
    expect(theirs.body).toMatchObject({ code: "catalog/vendor-not-found" });
    expect(nobodys.status).toBe(404);
    const shape = ({ body }: { body: unknown }) => Object.keys(body as object);
    expect(shape(theirs)).toEqual(shape(nobodys));
  });

  test("refuses what is no vendor's id", async () => {
    expect((await client("GET /v1/vendors/17", { headers: owner })).status).toBe(400);
  });
});

describe("changing the profile", () => {
  const change = (vendorId: string, body: object, ifMatch?: string) =>
    client(`PATCH /v1/vendors/${vendorId}`, {
      body,
      headers: { ...owner, ...(ifMatch === undefined ? {} : { "if-match": ifMatch }) },
    });

  test("changes what is given, leaves the rest, and makes the next version", async () => {
    const vendor = await registered();
    const contactUrl = "https://casa-azul.example/contact";
    const first = await change(vendor.vendorId, { description: "Blue.", contactUrl }, '"1"');
    expect(first.status).toBe(200);
    expect(first.headers.get("etag")).toBe('"2"');
    expect(first.body).toEqual({ ...vendor, description: "Blue.", contactUrl, version: 2 });
    const second = await change(vendor.vendorId, { name: "Casa Anil", contactUrl: null }, '"2"');
    expect(second.body).toMatchObject({
      name: "Casa Anil",
      description: "Blue.",
      contactUrl: null,
      version: 3,
    });
    expect((await client(`GET /v1/vendors/${vendor.vendorId}`, { headers: owner })).body).toEqual(
      second.body,
    );
  });

  test("has invoices name who issues them, and tells services alone what they say", async () => {
    const vendor = await registered();
    const { vendorId } = vendor;
    const address = {
      lines: ["Rua da Prata 12"],
      postalCode: "1100-420",
      city: "Lisboa",
      region: "",
      country: "PT",
    };
    const asIssuer = { legalName: "Casa Azul, Lda.", taxId: "PT 501 442 600", address };
    expect((await change(vendorId, asIssuer, '"1"')).body).toEqual({ ...vendor, ...asIssuer, version: 2 });
    const ask = (headers: Record<string, string>) =>
      client("POST /internal/issuers", { body: { vendorIds: [vendorId, newId("vnd")] }, headers });
    const service = world.signer.authorization({ roles: ["service"] });
    expect((await ask(service)).body).toEqual({ issuers: [{ vendorId, name: "Casa Azul", ...asIssuer }] });
    expect((await ask(owner)).status).toBe(403);
    expect((await change(vendorId, { address: null }, '"2"')).body).toMatchObject({
      legalName: "Casa Azul, Lda.",
      address: null,
    });
  });

  test("repeated under its key it answers with the version it made, whatever was changed since", async () => {
    const { vendorId } = await registered();
    const key = { "idempotency-key": `key-${newId("evt")}` };
    const headers = { ...owner, ...key, "if-match": '"1"' };
    const ask = () => client(`PATCH /v1/vendors/${vendorId}`, { body: { name: "Casa Azul" }, headers });
    const first = await ask();
    await change(vendorId, { name: "Casa Anil" }, '"2"');
    const second = await ask();
    expect([second.status, second.headers.get("etag"), second.body]).toEqual([200, '"2"', first.body]);
    expect(second.headers.get("idempotency-replayed")).toBe("true");
    expect((await client(`GET /v1/vendors/${vendorId}`, { headers: owner })).body).toMatchObject({
      name: "Casa Anil",
      version: 3,
    });
  });

  test("needs the version that was read", async () => {
    const { vendorId } = await registered();
    expect((await change(vendorId, { name: "New" })).body).toMatchObject({ code: "catalog/version-missing" });
    const outdated = await change(vendorId, { name: "New" }, '"7"');
    expect(outdated.status).toBe(412);
    expect(outdated.headers.get("etag")).toBe('"1"');
    expect(outdated.body).toMatchObject({ code: "catalog/version-outdated" });
  });
});

describe("listing vendors", () => {
  type Page = { items: VendorView[]; next: string | null };
  const list = async (query: string, headers: As) => {
    const { status, body } = await client(`GET /v1/vendors${query}`, { headers });
    expect(status).toBe(200);
    return body as Page;
  };

  test("shows those the caller acts for, newest first, page by page", async () => {
    const mine = world.vendorUser();
    const made = [await world.draftVendor("One", mine), await world.submittedVendor("Two", mine)];
    const theirs = await world.draftVendor("Three", stranger);
    const userId = newId("usr");
    const body = { userId, role: "staff" };
    await client(`POST /v1/vendors/${theirs.vendorId}/members`, { body, headers: stranger });
    await client(`POST /v1/vendors/${made[0]!.vendorId}/members`, { body, headers: mine });
    const names = ({ items }: Page) => items.map(({ name }) => name);
    expect(names(await list("", mine))).toEqual(["Two", "One"]);
    expect(names(await list("?status=draft", mine))).toEqual(["One"]);
    const first = await list("?limit=1", world.vendorUser(userId));
    expect(names(first)).toEqual(["Three"]);
    expect(names(await list(`?limit=1&after=${first.next}`, world.vendorUser(userId)))).toEqual(["One"]);
  });

  test("shows an administrator all of a status", async () => {
    const submitted = await world.submittedVendor("Four", stranger);
    const { items } = await list("?status=submitted", admin);
    expect(items[0]).toEqual(submitted);
    expect(new Set(items.map(({ status }) => status))).toEqual(new Set(["submitted"]));
  });
});
