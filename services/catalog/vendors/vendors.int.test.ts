import type { VendorView } from "@holdfast/contracts/api/catalog";
import { envelopeSchema } from "@holdfast/contracts/define-event";
import { vendorRegistered, vendorVerified } from "@holdfast/contracts/events/catalog";
import { newId } from "@holdfast/contracts/ids";
import { type EventLog, readEventLog } from "@holdfast/testkit/services/event-log";
import { type JsonClient, jsonClient } from "@holdfast/testkit/services/json-client";
import { type ServicePlatform, startServicePlatform } from "@holdfast/testkit/services/service-platform";
import type { TokenSigner } from "@holdfast/testkit/tokens/token-signer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readConfig } from "../config.ts";
import { startCatalog } from "../service.ts";

let platform: ServicePlatform;
let signer: TokenSigner;
let catalog: Awaited<ReturnType<typeof startCatalog>>;
let client: JsonClient;
let events: EventLog;

const ownerId = newId("usr");
let owner: Record<string, string>;
let stranger: Record<string, string>;
let admin: Record<string, string>;

beforeAll(async () => {
  platform = await startServicePlatform("catalog");
  ({ signer } = platform);
  catalog = await startCatalog(readConfig(platform.environment));
  client = jsonClient(`http://127.0.0.1:${catalog.port}`);
  events = await readEventLog(platform.servers.nats, "catalog");
  owner = signer.authorization({ userId: ownerId, roles: ["vendor"] });
  stranger = signer.authorization({ roles: ["vendor"] });
  admin = signer.authorization({ roles: ["admin"] });
});

afterAll(async () => {
  await events?.[Symbol.asyncDispose]();
  await catalog?.[Symbol.asyncDispose]();
  await platform?.[Symbol.asyncDispose]();
});

const register = (headers = owner, body: unknown = { name: "Casa Azul" }) =>
  client("POST /v1/vendors", { body, headers });

async function registered(): Promise<VendorView> {
  const { status, body } = await register();
  expect(status).toBe(201);
  return body as VendorView;
}

describe("registering a vendor", () => {
  test("makes the caller its owner, waiting for verification, and announces it", async () => {
    const vendor = await registered();
    expect(vendor).toEqual({
      vendorId: expect.stringMatching(/^vnd_/),
      ownerId,
      name: "Casa Azul",
      status: "registered",
      createdAt: expect.stringMatching(/Z$/),
    });
    const [event] = await events.about(vendorRegistered, vendor.vendorId);
    expect(envelopeSchema(vendorRegistered).parse(event)).toMatchObject({
      aggregateversion: 1,
      data: { vendorId: vendor.vendorId, ownerId, name: "Casa Azul" },
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
    ["as a customer", () => signer.authorization({ roles: ["customer"] }), 403],
    ["as a service", () => signer.authorization({ userId: "svc:notification", roles: ["service"] }), 403],
    [
      "with a token that has expired",
      () => signer.authorization({ roles: ["vendor"], lifetimeSeconds: -60 }),
      401,
    ],
  ])("is refused %s", async (_, headers, status) => {
    expect((await register(headers() as Record<string, string>)).status).toBe(status);
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

describe("verifying a vendor", () => {
  const verify = (vendorId: string, headers = admin) =>
    client(`POST /v1/vendors/${vendorId}/verify`, { headers });

  test("is announced once, however often and at once it is done", async () => {
    const vendor = await registered();
    const answers = await Promise.all(Array.from({ length: 4 }, () => verify(vendor.vendorId)));
    for (const { status, body } of answers) {
      expect(status).toBe(200);
      expect(body).toEqual({ ...vendor, status: "verified" });
    }
    // Whatever was announced before this one has arrived too: a stream keeps its order.
    const later = await registered();
    await events.about(vendorRegistered, later.vendorId);
    const told = await events.about(vendorVerified, vendor.vendorId);
    expect(told.map((event) => envelopeSchema(vendorVerified).parse(event).aggregateversion)).toEqual([2]);
  });

  test("is not for its owner", async () => {
    const vendor = await registered();
    expect((await verify(vendor.vendorId, owner)).status).toBe(403);
    expect((await client(`GET /v1/vendors/${vendor.vendorId}`, { headers: owner })).body).toEqual(vendor);
  });

  test("refuses a vendor that does not exist", async () => {
    const { status, body } = await verify(newId("vnd"));
    expect(status).toBe(404);
    expect(body).toMatchObject({ code: "catalog/vendor-not-found" });
  });
});
