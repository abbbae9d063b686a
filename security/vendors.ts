/** A vendor with everything there is of it: people, resources, a promotion, a block, a feed. */
import { createBlock } from "@holdfast/contracts/api/blocks";
import {
  createResource,
  publishResource,
  registerVendor,
  verifyVendor,
} from "@holdfast/contracts/api/catalog";
import { createFeed } from "@holdfast/contracts/api/feeds";
import { createPayoutAccount } from "@holdfast/contracts/api/payouts";
import { createPromotion } from "@holdfast/contracts/api/promotions";
import { addVendorMember, submitVendor } from "@holdfast/contracts/api/vendors";
import type { MemberRole } from "@holdfast/contracts/events/catalog";
import type { Id } from "@holdfast/contracts/ids";
import type { ApiClient } from "@holdfast/testkit/platform/api-client";
import { deskRules } from "@holdfast/testkit/resource-rules";
import { until } from "@holdfast/testkit/until";
import type pg from "pg";

/** Ids of a verified vendor and of what is its own. */
export interface VendorParts {
  readonly vendorId: Id<"vnd">;
  /** Published and booked. */
  readonly resourceId: Id<"res">;
  /** Published; the block and the feed are its. */
  readonly spareResourceId: Id<"res">;
  readonly promotionId: Id<"prm">;
  readonly blockId: Id<"blk">;
  readonly feedId: Id<"fed">;
}

/** Units of each resource: enough that nobody who may book is refused for want of one. */
export const capacity = 50;

async function publishedResource(owner: ApiClient, vendorId: Id<"vnd">, title: string): Promise<Id<"res">> {
  const rules = { ...deskRules, title, capacity };
  const { resourceId } = await owner.call(createResource, { body: { vendorId, rules } });
  await owner.call(publishResource, { params: { resourceId } });
  return resourceId;
}

/** Registers a vendor, has it verified, and gives it one of everything. */
export async function makeVendor(
  { admin, sql }: { readonly admin: ApiClient; readonly sql: pg.Pool },
  owner: ApiClient,
  name: string,
): Promise<VendorParts> {
  const { vendorId } = await owner.call(registerVendor, { body: { name } });
  const documents = [{ kind: "trade-licence", reference: `https://documents.example/${vendorId}` }];
  await owner.call(submitVendor, { params: { vendorId }, body: { documents } });
  await admin.call(verifyVendor, { params: { vendorId } });
  const [resourceId, spareResourceId, promotion] = await Promise.all([
    publishedResource(owner, vendorId, `A desk of ${name}`),
    publishedResource(owner, vendorId, `Another desk of ${name}`),
    owner.call(createPromotion, {
      params: { vendorId },
      body: { code: "SPRING", label: "Spring", discount: { basisPoints: 1_000 } },
    }),
  ]);
  await until("booking to know the resources and who owns them", async () => {
    const known = await sql.query(
      `select 1 from booking.resources r join booking.vendor_members m using (vendor_id)
       where r.resource_id = any($1) and r.bookable and m.role = 'owner'`,
      [[resourceId, spareResourceId]],
    );
    return known.rowCount === 2;
  });
  await until("payment to know who owns it", async () => {
    const known = await sql.query("select from payment.vendor_members where vendor_id = $1", [vendorId]);
    return known.rowCount === 1;
  });
  await owner.call(createPayoutAccount, { params: { vendorId }, body: { country: "PT" } });
  const { blockId } = await owner.call(createBlock, {
    params: { resourceId: spareResourceId },
    body: { startsAt: hoursAhead(240), endsAt: hoursAhead(241), quantity: 1, reason: "Cleaning" },
  });
  const { feedId } = await owner.call(createFeed, {
    params: { resourceId: spareResourceId },
    // A host that is nowhere: it is never read, and nothing waits for it.
    body: { url: "https://calendars.example/house.ics" },
  });
  return { vendorId, resourceId, spareResourceId, promotionId: promotion.promotionId, blockId, feedId };
}

/** Lets people act for the vendor, and waits until whoever decides by it knows. */
export async function addMembers(
  {
    sql,
    owner,
    vendorId,
  }: { readonly sql: pg.Pool; readonly owner: ApiClient; readonly vendorId: Id<"vnd"> },
  members: readonly { readonly userId: Id<"usr">; readonly role: MemberRole }[],
): Promise<void> {
  await Promise.all(members.map((body) => owner.call(addVendorMember, { params: { vendorId }, body })));
  await until("everybody who asks to know the vendor's people", async () => {
    const known = await sql.query(
      `select 1 from booking.vendor_members join auth.vendor_members using (vendor_id, user_id)
       join payment.vendor_members using (vendor_id, user_id)
       where vendor_id = $1 and user_id = any($2)`,
      [vendorId, members.map(({ userId }) => userId)],
    );
    return known.rowCount === members.length;
  });
}

/** The start of an hour so many hours from now, as the API takes it. */
export function hoursAhead(hours: number): string {
  return Temporal.Now.instant()
    .round({ smallestUnit: "hour", roundingMode: "floor" })
    .add({ hours })
    .toString();
}
