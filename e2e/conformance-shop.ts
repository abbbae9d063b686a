/** A trade that has opened on the platform: its vendor, its resources, and guests, all by the API. */
import { createQuote, listSlots, type BookingView } from "@holdfast/contracts/api/booking";
import { approveBooking } from "@holdfast/contracts/api/booking-life";
import {
  createResource,
  publishResource,
  registerVendor,
  verifyVendor,
} from "@holdfast/contracts/api/catalog";
import { explainTime } from "@holdfast/contracts/api/explain";
import { getPayment } from "@holdfast/contracts/api/payment";
import { createPromotion } from "@holdfast/contracts/api/promotions";
import { searchResources, type SearchItem } from "@holdfast/contracts/api/search";
import { reviewVendor, submitVendor } from "@holdfast/contracts/api/vendors";
import type { Id } from "@holdfast/contracts/ids";
import type { ResourceRulesInput } from "@holdfast/contracts/resource-snapshot";
import {
  ApiError,
  type ApiClient,
  type AskedBooking,
  type CallInput,
} from "@holdfast/testkit/platform/api-client";
import { until } from "@holdfast/testkit/until";
import { strict as assert } from "node:assert";
import type { Trade, WallTime } from "./conformance-trade.ts";
import { settled } from "./audit.ts";
import type { World } from "./world.ts";

/** What is asked for beside a time: one of everything where not said. */
type Asked = Partial<Pick<AskedBooking, "quantity" | "people" | "extras" | "promotionCode">>;

export class Shop {
  readonly world: World;
  readonly trade: Trade;
  readonly vendor: ApiClient;
  readonly vendorId: Id<"vnd">;
  /** In the order of the trade's. */
  readonly resourceIds: readonly Id<"res">[];
  readonly guest: ApiClient;
  readonly rival: ApiClient;
  readonly waiter: ApiClient;

  private constructor(
    world: World,
    trade: Trade,
    of: Pick<Shop, "vendor" | "vendorId" | "resourceIds" | "guest" | "rival" | "waiter">,
  ) {
    this.world = world;
    this.trade = trade;
    this.vendor = of.vendor;
    this.vendorId = of.vendorId;
    this.resourceIds = of.resourceIds;
    this.guest = of.guest;
    this.rival = of.rival;
    this.waiter = of.waiter;
  }

  /** Moves the clock to where the story begins; the vendor goes all the way from a draft to published resources. */
  static async open(world: World, trade: Trade): Promise<Shop> {
    world.admin = await world.anyone.logIn(world.platform.admin);
    await world.moveClock(instantOf(trade, trade.begins));
    const register = (role: "customer" | "vendor") => world.admin.register(role);
    const [vendor, guest, rival, waiter] = await Promise.all([
      register("vendor"),
      register("customer"),
      register("customer"),
      register("customer"),
    ]);
    const { vendorId } = await vendor.call(registerVendor, { body: { name: `For ${trade.name}` } });
    const params = { vendorId };
    const resourceIds: Id<"res">[] = [];
    for (const rules of trade.resources) {
      resourceIds.push((await vendor.call(createResource, { body: { vendorId, rules } })).resourceId);
    }
    const [first] = resourceIds;
    const refused = await vendor.refusal(publishResource, { params: { resourceId: first! } });
    assert.equal(refused.code, "catalog/vendor-unverified");
    const documents = [{ kind: "trade-licence", reference: "https://documents.example/licence" }];
    await vendor.call(submitVendor, { params, body: { documents } });
    await world.admin.call(reviewVendor, { params });
    assert.equal((await world.admin.call(verifyVendor, { params })).status, "verified");
    await vendor.call(createPromotion, { params, body: trade.promotion });
    for (const resourceId of resourceIds) await vendor.call(publishResource, { params: { resourceId } });
    const shop = new Shop(world, trade, { vendor, vendorId, resourceIds, guest, rival, waiter });
    await shop.#known();
    return shop;
  }

  /** Events travel: waits until booking takes what catalog published. */
  async #known(): Promise<void> {
    await Promise.all(this.resourceIds.map((resourceId) => this.world.bookable(resourceId)));
    await until("the promotion to be known", async () => {
      try {
        const { code } = this.trade.promotion;
        return await this.guest.call(createQuote, {
          body: this.asked(this.trade.moved, { promotionCode: code }),
        });
      } catch (error) {
        if (error instanceof ApiError && error.problem?.code === "booking/promotion-not-usable") return false;
        throw error;
      }
    });
  }

  get main(): Id<"res"> {
    return this.resourceIds[0]!;
  }

  /** How many units there are of each resource, in order. */
  get capacities(): number[] {
    return this.trade.resources.map((rules) => rules.capacity);
  }

  instant(wall: string): Temporal.Instant {
    return instantOf(this.trade, wall);
  }

  /** A wall-clock time as the API names times. */
  times({ startsAt, endsAt }: WallTime): { startsAt: string; endsAt: string } {
    return { startsAt: this.instant(startsAt).toString(), endsAt: this.instant(endsAt).toString() };
  }

  /** A request for what guests book, with all that is taken along: so many units of each. */
  asked(time: WallTime, asked: Asked = {}, units: readonly number[] = []): AskedBooking {
    const [quantity = asked.quantity ?? 1, ...others] = units;
    const along = this.resourceIds.slice(1);
    const also = along.map((resourceId, index) => ({ resourceId, quantity: others[index] ?? 1 }));
    return { resourceId: this.main, ...this.times(time), ...asked, quantity, also };
  }

  /** A booking that is paid, and approved where its vendor wants to be asked. */
  async confirmed(guest: ApiClient, asked: AskedBooking): Promise<BookingView> {
    const booked = await guest.book({ ...asked, paymentMethod: "pm_card_visa" }, { waitSeconds: 10 });
    return this.approved(guest, booked.bookingId);
  }

  /** The booking once it is paid and, where the terms of any of its resources want that, approved. */
  async approved(guest: ApiClient, bookingId: Id<"bkg">): Promise<BookingView> {
    const needsApproval = this.trade.resources.some((rules) => (rules.approval ?? null) !== null);
    const paid = await this.world.booking(guest, bookingId, ({ status }) => status !== "held");
    assert.equal(paid.status, needsApproval ? "awaiting-approval" : "confirmed");
    if (needsApproval) await this.vendor.call(approveBooking, { params: { bookingId } });
    return this.world.booking(guest, bookingId, ({ status }) => status === "confirmed");
  }

  /** What the guest has paid and not got back, over all charges, once nothing is under way. */
  async kept(guest: ApiClient, bookingId: Id<"bkg">): Promise<number> {
    await settled(this.world);
    const { charges } = await guest.call(getPayment, { params: { bookingId } });
    return charges.reduce((sum, charge) => sum + charge.capturedMinor - charge.refundedMinor, 0);
  }

  /** Starts of the times of a date that can be booked. */
  async slots(date: string, resourceId = this.main) {
    const query = { from: date, to: date, ...this.trade.length };
    return (await this.world.anyone.call(listSlots, { params: { resourceId }, query })).slots;
  }

  async explained(time: WallTime, resourceId = this.main) {
    const query = this.times(time);
    return this.world.anyone.call(explainTime, { params: { resourceId }, query });
  }

  /** How many units of each resource are free throughout, in order. */
  async free(time: WallTime): Promise<number[]> {
    const explained = this.resourceIds.map((resourceId) => this.explained(time, resourceId));
    return (await Promise.all(explained)).map(({ free }) => free);
  }

  /** Is what guests book among what a search finds? */
  async found(
    query: NonNullable<CallInput<typeof searchResources>["query"]>,
  ): Promise<SearchItem | undefined> {
    const { items } = await this.world.anyone.call(searchResources, { query });
    return items.find(({ resourceId }) => resourceId === this.main);
  }

  /** The guest's browser confirms a payment with a card that works, by the client secret alone. */
  async payInBrowser(clientSecret: string): Promise<void> {
    const response = await fetch(`${this.world.platform.urlOf("stripe")}/_stand-in/confirm`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ client_secret: clientSecret, payment_method: "pm_card_visa" }),
    });
    assert.equal(response.status, 200);
  }

  /** A file the API gives out, as that account gets it. */
  async file(path: string, account: ApiClient): Promise<string> {
    const headers = { authorization: `Bearer ${account.tokens.accessToken}` };
    const response = await fetch(new URL(path, this.world.platform.gatewayUrl), { headers });
    assert.equal(response.status, 200);
    return response.text();
  }

  /** The vendor publishes one more resource. */
  async publish(rules: ResourceRulesInput): Promise<Id<"res">> {
    const body = { vendorId: this.vendorId, rules };
    const { resourceId } = await this.vendor.call(createResource, { body });
    await this.vendor.call(publishResource, { params: { resourceId } });
    await this.world.bookable(resourceId);
    return resourceId;
  }
}

function instantOf({ resources: [{ zone }] }: Trade, wall: string): Temporal.Instant {
  return Temporal.PlainDateTime.from(wall).toZonedDateTime(zone).toInstant();
}
