/** Whatever catalog is sent that is wrong is refused with the member at fault named, and changes nothing. */
import { resourcePublished } from "@holdfast/contracts/events/catalog";
import { newId } from "@holdfast/contracts/ids";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CatalogWorld, chairRules, documents } from "./catalog-world.fixture.ts";
import { wrongPrices } from "./resources/wrong-prices.fixture.ts";
import { many, roomRules, rulesWith } from "./resources/wrong-rules.fixture.ts";
import { wrongTimes } from "./resources/wrong-times.fixture.ts";

let world: CatalogWorld;
let vendorId: string;
let resourceId: string;
let promotionId: string;

const goodPromotion = { code: "SPRING", label: "Spring", discount: { basisPoints: 1000 } };

beforeAll(async () => {
  world = await CatalogWorld.start();
  ({ vendorId } = await world.verifiedVendor());
  ({ resourceId } = await world.published(vendorId));
  const made = await world.client(`POST /v1/vendors/${vendorId}/promotions`, {
    body: goodPromotion,
    headers: world.owner,
  });
  ({ promotionId } = made.body as { promotionId: string });
});

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

/** How many rows there are, in which versions, and how many events were ever written. */
async function state(): Promise<unknown> {
  const { rows } = await world.sql.query(
    `select (select concat(count(*), ' ', sum(version)) from vendors) as vendors,
       (select count(*) from vendor_history) as history, (select count(*) from vendor_members) as members,
       (select concat(count(*), ' ', sum(version)) from resources) as resources,
       (select concat(count(*), ' ', sum(version)) from promotions) as promotions,
       (select count(*) from outbox) as outbox, (select count(*) from idempotency_keys) as keys`,
  );
  return rows[0];
}

type Request = Parameters<CatalogWorld["client"]>[0];

/** Sends it under a fresh Idempotency-Key and any version, and expects that it is refused for that member. */
async function expectRefused(request: Request, body: unknown, field: string, status = 400, as = world.owner) {
  const before = await state();
  const headers = { ...as, "if-match": "*", "idempotency-key": `key-${newId("evt")}` };
  const answered = await world.client(request, { body, headers });
  expect(answered.status, JSON.stringify(answered.body)).toBe(status);
  expect(answered.headers.get("content-type")).toContain("application/problem+json");
  const { errors = [] } = answered.body as { errors?: { field: string; message: string }[] };
  expect(errors.map((error) => error.field)).toContain(field);
  for (const { message } of errors) expect(message).not.toBe("");
  expect(await state()).toEqual(before);
}

describe("rules", () => {
  test.each([...wrongTimes, ...wrongPrices])(
    "with $what are refused, new or as another version",
    async (wrong) => {
      const rules = rulesWith(wrong);
      const field = `rules.${wrong.names ?? Object.keys(wrong.set)[0]}`;
      await expectRefused("POST /v1/resources", { vendorId, rules }, field, wrong.status);
      await expectRefused(`PUT /v1/resources/${resourceId}`, { rules }, field, wrong.status);
    },
  );

  test("that the wrong ones are made from are taken", async () => {
    for (const rules of [chairRules, roomRules]) {
      const body = { vendorId, rules };
      expect((await world.client("POST /v1/resources", { body, headers: world.owner })).status).toBe(201);
    }
  });

  test("with an attribute called __proto__ are refused, and touch no other object", async () => {
    const text = JSON.stringify({ vendorId, rules: { ...chairRules, attributes: { view: "sea" } } });
    const body = JSON.parse(text.replace('"view"', '"__proto__":{"polluted":true},"view"')) as unknown;
    const { status, body: refused } = await world.client("POST /v1/resources", {
      body,
      headers: world.owner,
    });
    expect(status).toBe(400);
    expect(refused).toMatchObject({ errors: [{ field: "__proto__", code: "unrecognized_keys" }] });
    expect("polluted" in {}).toBe(false);
  });

  test("of half a mebibyte are taken and told of, and larger ones are refused unread", async () => {
    const open = many(13, (n) => ({ from: `${10 + n}:00`, to: `${10 + n}:30` }));
    const exceptions = many(1000, () => ({ from: "2027-01-01", to: "2027-01-01", open }));
    const large = await world.published(vendorId, {
      availability: { ...chairRules.availability, exceptions },
    });
    expect(JSON.stringify(large).length).toBeGreaterThan(400_000);
    expect(await world.events.about(resourcePublished, large.resourceId)).toHaveLength(1);

    const body = { vendorId, rules: { ...chairRules, description: "x".repeat(512 * 1024) } };
    const refused = await world.client("POST /v1/resources", { body, headers: world.owner });
    expect(refused.status).toBe(413);
  });
});

describe("vendors", () => {
  const at = () => `/v1/vendors/${vendorId}` as const;
  const steps = (verb: string) => `POST ${at()}/${verb}` as Request;
  const one = documents[0]!;
  const rows: readonly (readonly [what: string, request: () => Request, body: unknown, field: string])[] = [
    ["no name", () => "POST /v1/vendors", {}, "name"],
    ["a blank name", () => "POST /v1/vendors", { name: " " }, "name"],
    ["a name too long", () => "POST /v1/vendors", { name: "x".repeat(201) }, "name"],
    ["a name that is a list", () => "POST /v1/vendors", { name: ["Casa"] }, "name"],
    [
      "an owner of its own choice",
      () => "POST /v1/vendors",
      { name: "Casa", ownerId: newId("usr") },
      "ownerId",
    ],
    [
      "a description too long",
      () => "POST /v1/vendors",
      { name: "Casa", description: "x".repeat(4001) },
      "description",
    ],
    [
      "a contact that is a script",
      () => "POST /v1/vendors",
      { name: "Casa", contactUrl: "javascript:alert(1)" },
      "contactUrl",
    ],
    [
      "a contact on no host",
      () => "POST /v1/vendors",
      { name: "Casa", contactUrl: "https://" },
      "contactUrl",
    ],
    ["a profile without a change", () => `PATCH ${at()}`, {}, ""],
    ["a profile with a status", () => `PATCH ${at()}`, { status: "verified" }, "status"],
    ["a profile without a name", () => `PATCH ${at()}`, { name: null }, "name"],
    ["a contact that is no address", () => `PATCH ${at()}`, { contactUrl: "casa" }, "contactUrl"],
    ["no documents", () => steps("submit"), { documents: [] }, "documents"],
    ["21 documents", () => steps("submit"), { documents: many(21, () => one) }, "documents"],
    [
      "a document without a reference",
      () => steps("submit"),
      { documents: [{ kind: "id" }] },
      "documents.0.reference",
    ],
    [
      "a document itself",
      () => steps("submit"),
      { documents: [{ ...one, content: "…" }] },
      "documents.0.content",
    ],
    ["no reasons to reject", () => steps("reject"), { reasons: [] }, "reasons"],
    ["a blank reason to reject", () => steps("reject"), { reasons: ["  "] }, "reasons.0"],
    ["a reason to suspend that is too long", () => steps("suspend"), { reason: "x".repeat(501) }, "reason"],
    ["no reason to suspend", () => steps("suspend"), {}, "reason"],
    ["a member without an id", () => steps("members"), { role: "staff" }, "userId"],
    [
      "a member with another thing's id",
      () => steps("members"),
      { userId: newId("vnd"), role: "staff" },
      "userId",
    ],
    ["a member in an unknown role", () => steps("members"), { userId: newId("usr"), role: "god" }, "role"],
    ["a vendor's id that is none", () => "POST /v1/vendors/17/submit", { documents }, "vendorId"],
  ];
  test.each(rows)("are refused with %s", async (_, request, body, field) => {
    await expectRefused(request(), body, field, 400, world.admin);
  });
});

describe("promotions", () => {
  const rows: readonly (readonly [what: string, more: object, field: string, status?: 400 | 422])[] = [
    ["a code in small letters", { code: "spring" }, "code"],
    ["a code of two letters", { code: "AB" }, "code"],
    ["a code of 41 letters", { code: "A".repeat(41) }, "code"],
    ["a code with spaces", { code: "BIG SALE" }, "code"],
    ["no code", { code: undefined }, "code"],
    ["a blank label", { label: " " }, "label"],
    ["a label too long", { label: "x".repeat(101) }, "label"],
    ["no discount", { discount: undefined }, "discount"],
    ["a discount of nothing", { discount: { basisPoints: 0 } }, "discount.basisPoints"],
    ["a discount of more than everything", { discount: { basisPoints: 10_001 } }, "discount.basisPoints"],
    ["an amount of nothing", { discount: { amountMinor: 0, currency: "EUR" } }, "discount.amountMinor"],
    ["a negative amount", { discount: { amountMinor: -1, currency: "EUR" } }, "discount.amountMinor"],
    [
      "an amount beyond 2^53",
      { discount: { amountMinor: 2 ** 53, currency: "EUR" } },
      "discount.amountMinor",
    ],
    ["an amount without a currency", { discount: { amountMinor: 500 } }, "discount"],
    ["an unknown currency", { discount: { amountMinor: 500, currency: "ABC" } }, "discount.currency"],
    [
      "a share and an amount",
      { discount: { basisPoints: 500, amountMinor: 5, currency: "EUR" } },
      "discount",
    ],
    [
      "an end before its start",
      { validFrom: "2027-02-01T00:00:00Z", validUntil: "2027-01-01T00:00:00Z" },
      "validUntil",
    ],
    [
      "an end half a second before its start",
      { validFrom: "2027-01-01T00:00:00.5Z", validUntil: "2027-01-01T00:00:00Z" },
      "validUntil",
    ],
    [
      "an end at its start in another offset",
      { validFrom: "2027-01-01T01:00:00+01:00", validUntil: "2027-01-01T00:00:00Z" },
      "validUntil",
    ],
    ["a start in the year 9999", { validFrom: "9999-01-01T00:00:00Z" }, "validFrom"],
    ["a start without a zone", { validFrom: "2027-01-01T00:00:00" }, "validFrom"],
    ["no uses", { maximumUses: 0 }, "maximumUses"],
    ["negative uses", { maximumUsesPerCustomer: -1 }, "maximumUsesPerCustomer"],
    ["half a use", { maximumUses: 1.5 }, "maximumUses"],
    ["more uses by one than by all", { maximumUses: 2, maximumUsesPerCustomer: 3 }, "maximumUsesPerCustomer"],
    ["a resource's id that is none", { resourceIds: ["17"] }, "resourceIds.0"],
    ["201 resources", { resourceIds: many(201, () => newId("res")) }, "resourceIds"],
    ["a resource nobody has", { resourceIds: [newId("res")] }, "resourceIds.0", 422],
    ["an unknown member", { uses: 0 }, "uses"],
  ];
  const cases = rows.map(([what, more, field, status]) => ({ what, more, field, status }));
  test.each(cases)("are refused with $what, new or as another version", async ({ more, field, status }) => {
    const path = `/v1/vendors/${vendorId}/promotions` as const;
    await expectRefused(`POST ${path}`, { ...goodPromotion, code: "OTHER", ...more }, field, status);
    await expectRefused(`PUT ${path}/${promotionId}`, { ...goodPromotion, ...more }, field, status);
  });

  test("are refused for the same resource twice, naming the second", async () => {
    const body = { ...goodPromotion, code: "OTHER", resourceIds: [resourceId, resourceId] };
    await expectRefused(`POST /v1/vendors/${vendorId}/promotions`, body, "resourceIds.1");
  });
});
