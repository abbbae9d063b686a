import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Stripe } from "stripe";
import { openVendor, post, refusalOf, startWithClient } from "./stand-in.fixture.ts";
import type { StripeStandIn } from "./stand-in.ts";

let standIn: StripeStandIn;
let stripe: Stripe;
let seconds = 1_900_000_000;

beforeAll(async () => {
  ({ standIn, stripe } = await startWithClient({ nowMs: () => seconds * 1000 }));
});
beforeEach(() => standIn.reset());
afterAll(() => standIn[Symbol.asyncDispose]());

const express = {
  type: "express",
  country: "DE",
  email: "vendor@example.test",
  capabilities: { transfers: { requested: true } },
  metadata: { vendor_id: "vnd_1" },
} satisfies Stripe.AccountCreateParams;
const urls = { refresh_url: "https://shop.test/again", return_url: "https://shop.test/done" };

async function linkOf(account: string): Promise<Stripe.AccountLink> {
  return stripe.accountLinks.create({ account, type: "account_onboarding", ...urls });
}

describe("a connected account", () => {
  it("may do nothing until it is onboarded, and names what is due", async () => {
    const account = await stripe.accounts.create(express);
    expect(account).toMatchObject({
      type: "express",
      controller: { requirement_collection: "stripe", stripe_dashboard: { type: "express" } },
      country: "DE",
      default_currency: "eur",
      charges_enabled: false,
      payouts_enabled: false,
      details_submitted: false,
      capabilities: { transfers: "inactive" },
      requirements: { disabled_reason: "requirements.past_due" },
      metadata: { vendor_id: "vnd_1" },
    });
    expect(account.requirements?.currently_due).toContain("external_account");
    expect(await stripe.accounts.retrieve(account.id)).toMatchObject({ id: account.id });
    expect((await stripe.accounts.list()).data.map(({ id }) => id)).toEqual([account.id]);
  });

  it("is described by the properties of its controller, too", async () => {
    const { type: _, ...rest } = express;
    const controller = {
      fees: { payer: "application" },
      losses: { payments: "application" },
      stripe_dashboard: { type: "express" },
    } as const;
    const account = await stripe.accounts.create({ ...rest, controller });
    expect(account).toMatchObject({ type: "express", controller });
    const both = await refusalOf(stripe.accounts.create({ ...express, controller }));
    expect(both).toMatchObject({ statusCode: 400, param: "type" });
  });

  it("can do all it asked for once its vendor has been through the link, which tells the platform", async () => {
    const account = await stripe.accounts.create(express);
    const { url } = await linkOf(account.id);
    expect(await (await fetch(url)).text()).toContain("Complete onboarding");
    const back = await fetch(url, {
      method: "POST",
      body: new URLSearchParams({ outcome: "complete" }),
      redirect: "manual",
    });
    expect(back.headers.get("location")).toBe(urls.return_url);
    expect(await stripe.accounts.retrieve(account.id)).toMatchObject({
      charges_enabled: true,
      payouts_enabled: true,
      details_submitted: true,
      capabilities: { transfers: "active" },
      requirements: { currently_due: [], disabled_reason: null },
    });
    const { data } = await stripe.events.list({ type: "account.updated" });
    expect(data).toMatchObject([{ account: account.id, data: { object: { payouts_enabled: true } } }]);
  });

  it("is not changed by a vendor who only returns, and awaits verification when Stripe does", async () => {
    const account = await stripe.accounts.create(express);
    const leave = await fetch((await linkOf(account.id)).url, {
      method: "POST",
      body: '{"outcome":"leave"}',
    });
    expect(await leave.json()).toMatchObject({ details_submitted: false });
    const pending = await fetch((await linkOf(account.id)).url, {
      method: "POST",
      body: '{"outcome":"pending"}',
    });
    expect(await pending.json()).toMatchObject({
      details_submitted: true,
      payouts_enabled: false,
      capabilities: { transfers: "pending" },
      requirements: { disabled_reason: "requirements.pending_verification" },
    });
    await post(standIn, `accounts/${account.id}/onboard`);
    expect((await stripe.accounts.retrieve(account.id)).payouts_enabled).toBe(true);
  });

  it("sends a vendor with a used or expired link to where they get another", async () => {
    const account = await stripe.accounts.create(express);
    const used = await linkOf(account.id);
    await fetch(used.url, { method: "POST" });
    const expired = await linkOf(account.id);
    seconds = expired.expires_at + 1;
    for (const { url } of [used, expired]) {
      const away = await fetch(url, { redirect: "manual" });
      expect([away.status, away.headers.get("location")]).toEqual([303, urls.refresh_url]);
    }
    expect((await fetch(expired.url, { method: "POST" })).status).toBe(404);
  });

  it("is restricted again when Stripe wants to know more", async () => {
    const account = await openVendor(standIn, stripe);
    await post(standIn, `accounts/${account}/restrict`, { due: ["individual.id_number"] });
    expect(await stripe.accounts.retrieve(account)).toMatchObject({
      charges_enabled: false,
      payouts_enabled: false,
      details_submitted: true,
      capabilities: { transfers: "inactive" },
      requirements: { past_due: ["individual.id_number"], disabled_reason: "requirements.past_due" },
    });
    await post(standIn, `accounts/${account}/restrict`, { transfers: true, charges: true });
    expect(await stripe.accounts.retrieve(account)).toMatchObject({
      payouts_enabled: false,
      capabilities: { transfers: "active" },
    });
  });

  it("keeps its own schedule of payouts", async () => {
    const account = await openVendor(standIn, stripe);
    const scheduled = async (schedule: object): Promise<Stripe.Account> =>
      stripe.accounts.update(account, { settings: { payouts: { schedule } } });
    const weekly = await scheduled({ interval: "weekly", weekly_anchor: "monday", delay_days: 7 });
    expect(weekly.settings?.payouts?.schedule).toEqual({
      interval: "weekly",
      weekly_anchor: "monday",
      delay_days: 7,
    });
    const manual = await scheduled({ interval: "manual" });
    expect(manual.settings?.payouts?.schedule).toEqual({ interval: "manual", delay_days: 7 });
    expect((await refusalOf(scheduled({ interval: "monthly" }))).code).toBe("parameter_missing");
    expect((await refusalOf(scheduled({ interval: "hourly" }))).statusCode).toBe(400);
  });

  it("is changed by an update, and by a capability asked for later", async () => {
    const account = await openVendor(standIn, stripe);
    const updated = await stripe.accounts.update(account, {
      business_profile: { name: "Salon", mcc: "7230" },
      capabilities: { card_payments: { requested: true } },
      metadata: { vendor_id: "vnd_2" },
    });
    expect(updated).toMatchObject({
      business_profile: { name: "Salon", mcc: "7230" },
      capabilities: { card_payments: "active", transfers: "active" },
      metadata: { vendor_id: "vnd_2" },
      email: "vendor@example.test",
    });
    expect((await stripe.accounts.createLoginLink(account)).url).toContain(account);
  });

  it("of a stranger is refused as one that is not there", async () => {
    const refused = await refusalOf(stripe.accounts.retrieve("acct_none"));
    expect(refused).toMatchObject({ statusCode: 403, code: "account_invalid" });
    const link = await refusalOf(linkOf("acct_none"));
    expect(link).toMatchObject({ statusCode: 400, code: "resource_missing", param: "account" });
  });
});
