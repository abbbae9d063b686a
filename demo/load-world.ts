import { listSlots } from "@holdfast/contracts/api/booking";
import {
  createResource,
  getVendor,
  listResources,
  publishResource,
  registerVendor,
  type ResourceView,
  verifyVendor,
} from "@holdfast/contracts/api/catalog";
import { createUser } from "@holdfast/contracts/api/users";
import { submitVendor } from "@holdfast/contracts/api/vendors";
import type { Id } from "@holdfast/contracts/ids";
import { ApiClient, ApiError } from "@holdfast/testkit/platform/api-client";
import { until } from "@holdfast/testkit/until";
import { demoAccounts, type DemoVendor, demoVendors } from "./world.ts";

/** The published resources of the demo, and how many of them this load added. */
export type LoadedWorld = { readonly resources: readonly ResourceView[]; readonly added: number };

// More than this and it is no demo any longer: what lies beyond is not looked through.
const maxPages = 50;
const bookableMs = 20_000;

async function ensureAccount(admin: ApiClient, role: "guest" | "vendor"): Promise<ApiClient> {
  const { email, password, name } = demoAccounts[role];
  try {
    return await admin.logIn({ email, password });
  } catch (error) {
    if (!(error instanceof ApiError) || error.problem?.code !== "auth/credentials-wrong") throw error;
  }
  await admin.call(createUser, {
    body: { email, password, name, roles: [role === "guest" ? "customer" : "vendor"] },
  });
  return await admin.logIn({ email, password });
}

async function publishedResources(api: ApiClient): Promise<ResourceView[]> {
  const found: ResourceView[] = [];
  let after: string | undefined;
  for (let pages = 0; pages < maxPages; pages += 1) {
    const page = await api.call(listResources, { query: { limit: 100, after } });
    found.push(...page.items);
    if (page.next === null) break;
    after = page.next;
  }
  return found;
}

/** Submits and verifies a vendor that nobody did this with yet, whatever a load that was cut short left. */
async function onboard(
  { vendor, admin }: { vendor: ApiClient; admin: ApiClient },
  vendorId: Id<"vnd">,
): Promise<void> {
  const params = { vendorId };
  const { status } = await vendor.call(getVendor, { params });
  if (status === "draft") {
    const documents = [{ kind: "trade-licence", reference: "https://documents.example/demo" }];
    await vendor.call(submitVendor, { params, body: { documents } });
  }
  await admin.call(verifyVendor, { params });
}

/** Idempotency keys let a load that was cut short go on where it stopped. */
async function addMissing(
  callers: { vendor: ApiClient; admin: ApiClient },
  demo: DemoVendor,
  present: readonly ResourceView[],
): Promise<ResourceView[]> {
  const ofVendor = present.filter((resource) => resource.vendorName === demo.name);
  const missing = demo.resources.filter(({ title }) => !ofVendor.some(({ rules }) => rules.title === title));
  if (missing.length === 0) return [];
  let vendorId = ofVendor[0]?.vendorId;
  if (vendorId === undefined) {
    const vendor = await callers.vendor.call(registerVendor, {
      body: { name: demo.name },
      idempotencyKey: `demo-${demo.slug}`,
    });
    ({ vendorId } = vendor);
    await onboard(callers, vendorId);
  }
  const added: ResourceView[] = [];
  for (const { slug, ...rules } of missing) {
    const { resourceId } = await callers.vendor.call(createResource, {
      body: { vendorId, rules },
      idempotencyKey: `demo-${demo.slug}-${slug}`,
    });
    added.push(await callers.vendor.call(publishResource, { params: { resourceId } }));
  }
  return added;
}

/** What is answered until then; on a slow machine so much asking comes to the gateway's limit. */
const notYet: ReadonlySet<string | undefined> = new Set([
  "booking/resource-not-bookable",
  "limit/too-many-requests",
]);

/** Booking learns of a resource by an event, a moment after catalog published it. */
async function waitUntilBookable(api: ApiClient, { resourceId, rules }: ResourceView): Promise<void> {
  const from = Temporal.Now.plainDateISO(rules.zone).add({ days: 1 });
  const query = { from: from.toString(), to: from.add({ days: 14 }).toString() };
  const isBookable = async (): Promise<boolean> => {
    try {
      return (await api.call(listSlots, { params: { resourceId }, query })).slots.length > 0;
    } catch (error) {
      if (error instanceof ApiError && notYet.has(error.problem?.code)) return false;
      throw error;
    }
  };
  await until(`${rules.title} to be bookable`, isBookable, bookableMs);
}

/**
 * Loads the demo world through the gateway; what is there already stays as it is.
 * @returns once everything can be booked.
 * @throws ApiError when the API refuses; Error when a resource does not become bookable in time.
 */
export async function loadWorld(gatewayUrl: string): Promise<LoadedWorld> {
  const anyone = new ApiClient(gatewayUrl);
  const admin = await anyone.logIn(demoAccounts.admin);
  const [vendor, present] = await Promise.all([
    ensureAccount(admin, "vendor"),
    publishedResources(anyone),
    ensureAccount(admin, "guest"),
  ]);
  const added = (
    await Promise.all(demoVendors.map((demo) => addMissing({ vendor, admin }, demo, present)))
  ).flat();
  const ours = [...present, ...added].filter(({ vendorName, rules }) =>
    demoVendors.some(
      (demo) => demo.name === vendorName && demo.resources.some(({ title }) => title === rules.title),
    ),
  );
  await Promise.all(ours.map((resource) => waitUntilBookable(anyone, resource)));
  return { resources: ours, added: added.length };
}
