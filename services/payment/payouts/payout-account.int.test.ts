import { payoutAccountChanged } from "@holdfast/contracts/events/payment";
import { newId } from "@holdfast/contracts/ids";
import { until } from "@holdfast/testkit/until";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type PaymentWorld, startPaymentWorld } from "../payment-service.fixture.ts";
import { type TestVendor, type Vendors, vendorsOf } from "./vendor-world.fixture.ts";

let world: PaymentWorld;
let vendors: Vendors;

beforeAll(async () => {
  world = await startPaymentWorld();
  vendors = vendorsOf(world);
}, 120_000);
afterEach(() => {
  world.stripe.resetSwitches();
});
afterAll(() => world[Symbol.asyncDispose]());

/** The keys of the calls by which this vendor's account was asked for. */
const keysOf = ({ vendorId }: TestVendor) =>
  world.stripe
    .requests()
    .filter(({ operation }) => operation === "accounts.create")
    .flatMap(({ idempotencyKey }) => idempotencyKey ?? [])
    .filter((key) => key.includes(vendorId));
const pages = { returnUrl: "https://salon.example/back" };

describe("a payout account", () => {
  test("is pending until the vendor has told the provider who they are, and enabled by its webhook", async () => {
    const vendor = await vendors.register();
    expect((await vendor.ask("GET", "payout-account")).body.code).toBe("payment/payout-account-not-found");
    const created = await vendor.ask("POST", "payout-account", { country: "PT" });
    expect(created).toMatchObject({ status: 201, body: { state: "pending", country: "PT" } });
    const pending = await vendor.reaches("pending");
    expect(pending).toMatchObject({ currency: "EUR" });
    expect(pending.missing).toContain("external_account");

    const link = await vendor.ask("POST", "payout-account/onboarding-link", pages);
    expect(link.status).toBe(200);
    const visited = await fetch(String(link.body["url"]), {
      method: "POST",
      body: new URLSearchParams({ outcome: "complete" }),
      redirect: "manual",
      signal: AbortSignal.timeout(5_000),
    });
    expect(visited.headers.get("location")).toBe(pages.returnUrl);
    expect(await vendor.reaches("enabled")).toMatchObject({ missing: [], reason: null });
    const told = await until("the change to be told", async () => {
      const all = await world.tap.collected(payoutAccountChanged);
      const ofVendor = all.filter(({ data }) => data.vendorId === vendor.vendorId);
      return ofVendor.length > 0 && ofVendor;
    });
    expect(told.map(({ data }) => data.state)).toEqual(["enabled"]);
  });

  test("is restricted when the provider wants to know more, as it says itself and not as an event does", async () => {
    const vendor = await vendors.register();
    const { accountId } = await vendor.onboard();
    await vendors.atStripe(`accounts/${accountId}/restrict`, { due: ["individual.verification.document"] });
    expect(await vendor.reaches("restricted")).toMatchObject({
      missing: ["individual.verification.document"],
      reason: "requirements.past_due",
    });
  });

  test("follows the provider without any webhook", async () => {
    const vendor = await vendors.register();
    await vendor.ask("POST", "payout-account", { country: "PT" });
    const { accountId } = await vendor.reaches("pending");
    world.stripe.setSwitches({ webhooks: "off" });
    await vendors.atStripe(`accounts/${accountId}/onboard`);
    expect(await vendor.reaches("enabled")).toMatchObject({ accountId, missing: [] });
  });

  test("is made once, however often and by however many it is asked for", async () => {
    const vendor = await vendors.register();
    const asked = Array.from({ length: 5 }, () => vendor.ask("POST", "payout-account", { country: "PT" }));
    for (const { status } of await Promise.all(asked)) expect(status).toBe(201);
    await vendor.reaches("pending");
    expect((await vendor.ask("POST", "payout-account", { country: "PT" })).status).toBe(201);
    expect(keysOf(vendor)).toEqual([`vendor:${vendor.vendorId}:account:1`]);
    const elsewhere = await vendor.ask("POST", "payout-account", { country: "ES" });
    expect(elsewhere).toMatchObject({ status: 409, body: { code: "payment/payout-account-exists" } });
  });

  test.each(["timeout-after", "cut-after", "timeout-before"] as const)(
    "is made once where the provider's answer is lost (%s)",
    async (outcome) => {
      const vendor = await vendors.register();
      world.stripe.setSwitches({ faults: [{ operation: "accounts.create", outcome, times: 2 }] });
      await vendor.ask("POST", "payout-account", { country: "PT" });
      await vendor.reaches("pending");
      const key = `vendor:${vendor.vendorId}:account:1`;
      expect(keysOf(vendor)).toEqual([key, key, key]);
      const link = await vendor.ask("POST", "payout-account/onboarding-link", pages);
      expect(link.status).toBe(200);
    },
  );

  test("is looked for before it is made again once its key may be forgotten, and found", async () => {
    const vendor = await vendors.register();
    await vendor.ask("POST", "payout-account", { country: "PT" });
    await vendor.reaches("pending");
    // As if it had been made and we had never learned of it.
    await world.sql.query(
      `update payout_accounts set account_id = null, next_attempt_at = now(),
       call = jsonb_build_object('purpose', 'create', 'key', 'vendor:' || vendor_id || ':account:1', 'failures', 0,
         'plannedAtMs', 0)::json
       where vendor_id = $1`,
      [vendor.vendorId],
    );
    await until("the account to be found", async () => {
      const { rows } = await world.sql.query<{ account_id: string | null; calls: number }>(
        "select account_id, calls from payout_accounts where vendor_id = $1",
        [vendor.vendorId],
      );
      const [row] = rows;
      return typeof row?.account_id === "string" && row.calls === 2;
    });
    expect(keysOf(vendor)).toEqual([`vendor:${vendor.vendorId}:account:1`]);
  });

  test("says why the provider refused, and is asked for again, elsewhere", async () => {
    const vendor = await vendors.register();
    world.stripe.setSwitches({
      faults: [{ operation: "accounts.create", outcome: "refused", code: "country_unsupported" }],
    });
    await vendor.ask("POST", "payout-account", { country: "AQ" });
    await until("the refusal", async () => (await vendor.account()).reason === "country_unsupported");
    const link = await vendor.ask("POST", "payout-account/onboarding-link", pages);
    expect(link).toMatchObject({ status: 409, body: { code: "payment/payout-account-not-ready" } });
    await vendor.ask("POST", "payout-account", { country: "PT" });
    expect(await vendor.reaches("pending")).toMatchObject({ country: "PT" });
  });
});

describe("an onboarding link", () => {
  test("is given to who has just proved who they are, and kept nowhere", async () => {
    const vendor = await vendors.register();
    await vendor.ask("POST", "payout-account", { country: "PT" });
    await vendor.reaches("pending");
    const path = `${vendor.path}/payout-account/onboarding-link`;
    const stale = { userId: vendor.owner.userId, roles: vendor.owner.roles };
    expect((await vendors.call(stale, "POST", path, pages)).body.code).toBe("auth/step-up-needed");
    const key = { "idempotency-key": newId("evt") };
    const links = [
      await vendors.call(vendor.owner, "POST", path, pages, key),
      await vendors.call(vendor.owner, "POST", path, pages, key),
    ];
    expect(links.map(({ status }) => status)).toEqual([200, 200]);
    expect(links[0]?.body["url"]).not.toBe(links[1]?.body["url"]);
  });

  test("leads back to pages that a browser may safely be sent to", async () => {
    const vendor = await vendors.register();
    for (const returnUrl of ["http://salon.example/", "javascript:alert(1)", "/back"]) {
      const refused = await vendor.ask("POST", "payout-account/onboarding-link", { returnUrl });
      expect(refused.status).toBe(400);
    }
  });

  test("waits while the provider does not answer, and tells of its refusal", async () => {
    const vendor = await vendors.register();
    await vendor.ask("POST", "payout-account", { country: "PT" });
    await vendor.reaches("pending");
    world.stripe.setSwitches({
      faults: [
        { operation: "account_links.create", outcome: "failed", status: 503 },
        { operation: "account_links.create", outcome: "refused", code: "account_closed" },
      ],
    });
    const ask = () => vendor.ask("POST", "payout-account/onboarding-link", pages);
    expect((await ask()).status).toBe(503);
    expect(await ask()).toMatchObject({ status: 422, body: { code: "payment/provider-refused" } });
    expect((await ask()).status).toBe(200);
  });
});

test("its owners manage it, managers see it, and to everybody else there is none", async () => {
  const vendor = await vendors.register();
  await vendor.ask("POST", "payout-account", { country: "PT" });
  const [manager, staff] = [await vendor.join("manager"), await vendor.join("staff")];
  const stranger = { userId: newId("usr"), roles: ["vendor" as const], provedSecondsAgo: 10 };
  const admin = { userId: newId("usr"), roles: ["admin" as const], provedSecondsAgo: 10 };
  const guest = { userId: newId("usr"), roles: ["customer" as const] };
  const path = `${vendor.path}/payout-account`;
  const answers = async (who: typeof manager) => [
    (await vendors.call(who, "GET", path)).status,
    (await vendors.call(who, "POST", path, { country: "PT" })).status,
  ];
  expect(await answers(vendor.owner)).toEqual([200, 201]);
  expect(await answers(admin)).toEqual([200, 201]);
  expect(await answers(manager)).toEqual([200, 404]);
  expect(await answers(staff)).toEqual([404, 404]);
  expect(await answers(stranger)).toEqual([404, 404]);
  expect(await answers(guest)).toEqual([403, 403]);
});
