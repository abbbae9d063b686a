/** The catalog service on real servers, with a test in place of auth, and what its tests do over and over. */
import assert from "node:assert/strict";
import type { ResourceView, VendorView } from "@holdfast/contracts/api/catalog";
import { type Id, newId } from "@holdfast/contracts/ids";
import type { ResourceRulesInput } from "@holdfast/contracts/resource-snapshot";
import { type EventLog, readEventLog } from "@holdfast/testkit/services/event-log";
import { type JsonClient, jsonClient } from "@holdfast/testkit/services/json-client";
import { startServicePlatform } from "@holdfast/testkit/services/service-platform";
import type { TokenSigner } from "@holdfast/testkit/tokens/token-signer";
import type pg from "pg";
import { readConfig } from "./config.ts";
import { startCatalog } from "./service.ts";

/** Headers that say who calls. */
export type As = Readonly<Record<string, string>>;

/** As a client sends them; what has a default is left out. */
export const chairRules = {
  title: "Chair by the window",
  kind: "chair",
  zone: "Europe/Lisbon",
  capacity: 1,
  availability: {
    by: "hours",
    weekly: { mon: [{ from: "09:00", to: "18:00" }] },
    granularityMinutes: 30,
    minimumMinutes: 30,
    maximumMinutes: 120,
  },
  price: { per: "hour", amountMinor: 2500, currency: "EUR" },
  cancellation: { fullRefundUntilHours: 24, refundPercentAfter: 50 },
} satisfies ResourceRulesInput;

/** What a vendor is submitted with. */
export const documents = [{ kind: "trade-licence", reference: "https://files.example/licence.pdf" }];

export class CatalogWorld implements AsyncDisposable {
  readonly client: JsonClient;
  readonly events: EventLog;
  readonly signer: TokenSigner;
  /** The service's own schema. */
  readonly sql: pg.Pool;
  readonly ownerId = newId("usr");
  readonly owner: As;
  readonly admin: As;
  readonly #owned: AsyncDisposable;

  private constructor(
    parts: Pick<CatalogWorld, "client" | "events" | "signer" | "sql">,
    owned: AsyncDisposable,
  ) {
    this.client = parts.client;
    this.events = parts.events;
    this.signer = parts.signer;
    this.sql = parts.sql;
    this.owner = this.vendorUser(this.ownerId);
    this.admin = this.signer.authorization({ roles: ["admin"] });
    this.#owned = owned;
  }

  static async start(): Promise<CatalogWorld> {
    await using stack = new AsyncDisposableStack();
    const { nats, environment, signer, sql } = stack.use(await startServicePlatform("catalog"));
    const catalog = stack.use(await startCatalog(readConfig(environment)));
    const events = stack.use(await readEventLog(nats, "catalog"));
    const client = jsonClient(`http://127.0.0.1:${catalog.port}`);
    return new CatalogWorld({ client, events, signer, sql }, stack.move());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned[Symbol.asyncDispose]();
  }

  /** Somebody with an account for vendors. */
  vendorUser(userId: Id<"usr"> = newId("usr")): As {
    return this.signer.authorization({ userId, roles: ["vendor"] });
  }

  async draftVendor(name = "Casa Azul", as = this.owner): Promise<VendorView> {
    const { status, body } = await this.client("POST /v1/vendors", { body: { name }, headers: as });
    assert.equal(status, 201);
    return body as VendorView;
  }

  async submittedVendor(name?: string, as = this.owner): Promise<VendorView> {
    const { vendorId } = await this.draftVendor(name, as);
    return this.step(vendorId, "submit", { documents }, as);
  }

  async verifiedVendor(name?: string, as = this.owner): Promise<VendorView> {
    const { vendorId } = await this.submittedVendor(name, as);
    return this.step(vendorId, "verify");
  }

  /** A step of a vendor's onboarding that has to succeed. */
  async step(vendorId: string, verb: string, body?: object, as = this.admin): Promise<VendorView> {
    const answered = await this.client(`POST /v1/vendors/${vendorId}/${verb}`, { body, headers: as });
    assert.equal(answered.status, 200, `${verb}: ${JSON.stringify(answered.body)}`);
    return answered.body as VendorView;
  }

  async draft(vendorId: string, more: Partial<ResourceRulesInput> = {}): Promise<ResourceView> {
    const body = { vendorId, rules: { ...chairRules, ...more } };
    const answered = await this.client("POST /v1/resources", { body, headers: this.owner });
    assert.equal(answered.status, 201, JSON.stringify(answered.body));
    return answered.body as ResourceView;
  }

  async published(vendorId: string, more: Partial<ResourceRulesInput> = {}): Promise<ResourceView> {
    const { resourceId } = await this.draft(vendorId, more);
    const answered = await this.client(`POST /v1/resources/${resourceId}/publish`, { headers: this.owner });
    assert.equal(answered.status, 200, JSON.stringify(answered.body));
    return answered.body as ResourceView;
  }
}
