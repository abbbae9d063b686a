/** Catalog's endpoints. */
import { answer, type Call, callerOf, handle, noContent, type Route } from "@holdfast/chassis/endpoint";
import { idempotent } from "@holdfast/chassis/idempotency";
import type { KeyedCall } from "@holdfast/chassis/key-use";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import * as api from "@holdfast/contracts/api/catalog";
import { getIssuers as getIssuersEndpoint } from "@holdfast/contracts/api/issuers";
import { personalDataEndpoint } from "@holdfast/contracts/api/personal-data";
import * as promotionsApi from "@holdfast/contracts/api/promotions";
import * as vendorsApi from "@holdfast/contracts/api/vendors";
import type { CatalogTables } from "./database.ts";
import type { CatalogDependencies } from "./dependencies.ts";
import { addMember, removeMember } from "./members/change-member.ts";
import { listMembers } from "./members/list-members.ts";
import { getPersonalData } from "./personal-data/get-personal-data.ts";
import { createPromotion } from "./promotions/create-promotion.ts";
import { endPromotion } from "./promotions/end-promotion.ts";
import { listPromotions } from "./promotions/list-promotions.ts";
import { replacePromotion } from "./promotions/replace-promotion.ts";
import { createResource } from "./resources/create-resource.ts";
import { getResource } from "./resources/get-resource.ts";
import { listResources, listVendorResources } from "./resources/list-resources.ts";
import { publishResource } from "./resources/publish-resource.ts";
import { replaceResource } from "./resources/replace-resource.ts";
import { retireResource } from "./resources/retire-resource.ts";
import { changeVendor } from "./vendors/change-vendor.ts";
import { getIssuers } from "./vendors/get-issuers.ts";
import { getVendor } from "./vendors/get-vendor.ts";
import { listVendors } from "./vendors/list-vendors.ts";
import { registerVendor } from "./vendors/register-vendor.ts";
import { takeStep } from "./vendors/take-step.ts";
import { getVendorHistory } from "./vendors/vendor-history.ts";
import { versionTag } from "./versions/version-tag.ts";

export function catalogRoutes(deps: CatalogDependencies): Route[] {
  return [
    ...vendorRoutes(deps),
    ...onboardingRoutes(deps),
    ...memberRoutes(deps),
    ...promotionRoutes(deps),
    ...resourceRoutes(deps),
    handle(getIssuersEndpoint, async ({ body }) => answer(await getIssuers(deps, body.vendorIds))),
    handle(personalDataEndpoint("catalog"), async ({ params }) =>
      answer(await getPersonalData(deps.db, params.userId)),
    ),
  ];
}

function vendorRoutes(deps: CatalogDependencies): Route[] {
  return [
    handle(api.registerVendor, (call) =>
      change(deps, call, (unit) => registerVendor(deps, unit, { body: call.body, ...causeOf(call) })),
    ),
    handle(vendorsApi.listVendors, async (call) =>
      answer(await listVendors(deps, { ...call.query, caller: callerOf(call) })),
    ),
    handle(api.getVendor, async (call) =>
      withTag(await getVendor(deps, { ...call.params, caller: callerOf(call) })),
    ),
    handle(vendorsApi.changeVendor, (call) =>
      change(deps, call, (unit) =>
        changeVendor(unit, {
          ...call.params,
          body: call.body,
          caller: callerOf(call),
          ifMatch: call.headers("if-match"),
        }),
      ),
    ),
    handle(vendorsApi.getVendorHistory, async (call) =>
      answer(await getVendorHistory(deps, { ...call.params, caller: callerOf(call) })),
    ),
  ];
}

function onboardingRoutes(deps: CatalogDependencies): Route[] {
  type Step = Omit<Parameters<typeof takeStep>[2], "caller" | "traceparent">;
  const step = (call: KeyedCall & Pick<Call, "traceparent">, taken: Step) =>
    change(deps, call, (unit) => takeStep(deps, unit, { ...taken, ...causeOf(call) }));
  return [
    handle(vendorsApi.submitVendor, (call) => step(call, { ...call.params, ...call.body, action: "submit" })),
    handle(vendorsApi.reviewVendor, (call) => step(call, { ...call.params, action: "review" })),
    handle(api.verifyVendor, (call) => step(call, { ...call.params, action: "verify" })),
    handle(vendorsApi.rejectVendor, (call) => step(call, { ...call.params, ...call.body, action: "reject" })),
    handle(vendorsApi.suspendVendor, (call) =>
      step(call, { ...call.params, reasons: [call.body.reason], action: "suspend" }),
    ),
    handle(vendorsApi.reinstateVendor, (call) => step(call, { ...call.params, action: "reinstate" })),
  ];
}

function memberRoutes(deps: CatalogDependencies): Route[] {
  return [
    handle(vendorsApi.addVendorMember, (call) =>
      idempotent(deps, call, async (unit) =>
        answer(await addMember(deps, unit, { ...call.params, ...call.body, ...causeOf(call) })),
      ),
    ),
    handle(vendorsApi.listVendorMembers, async (call) =>
      answer(await listMembers(deps, { ...call.params, caller: callerOf(call) })),
    ),
    handle(vendorsApi.removeVendorMember, (call) =>
      idempotent(deps, call, async (unit) => {
        await removeMember(deps, unit, { ...call.params, ...causeOf(call) });
        return noContent();
      }),
    ),
  ];
}

function promotionRoutes(deps: CatalogDependencies): Route[] {
  return [
    handle(promotionsApi.createPromotion, (call) =>
      change(deps, call, (unit) =>
        createPromotion(deps, unit, { ...call.params, body: call.body, ...causeOf(call) }),
      ),
    ),
    handle(promotionsApi.listPromotions, async (call) =>
      answer(await listPromotions(deps, callerOf(call), { ...call.params, ...call.query })),
    ),
    handle(promotionsApi.replacePromotion, (call) =>
      change(deps, call, (unit) =>
        replacePromotion(deps, unit, {
          ...call.params,
          body: call.body,
          ...causeOf(call),
          ifMatch: call.headers("if-match"),
        }),
      ),
    ),
    handle(promotionsApi.endPromotion, (call) =>
      change(deps, call, (unit) => endPromotion(deps, unit, { ...call.params, ...causeOf(call) })),
    ),
  ];
}

function resourceRoutes(deps: CatalogDependencies): Route[] {
  return [
    handle(api.createResource, (call) =>
      change(deps, call, (unit) => createResource(deps, unit, { body: call.body, caller: callerOf(call) })),
    ),
    handle(api.listResources, async ({ query }) => answer(await listResources(deps, query))),
    handle(api.listVendorResources, async (call) =>
      answer(await listVendorResources(deps, callerOf(call), { ...call.params, ...call.query })),
    ),
    handle(api.getResource, async ({ params, caller }) =>
      withTag(await getResource(deps, { ...params, caller })),
    ),
    handle(api.replaceResource, (call) =>
      change(deps, call, (unit) =>
        replaceResource(deps, unit, {
          ...call.params,
          ...call.body,
          ...causeOf(call),
          ifMatch: call.headers("if-match"),
        }),
      ),
    ),
    handle(api.publishResource, (call) =>
      change(deps, call, (unit) => publishResource(deps, unit, { ...call.params, ...causeOf(call) })),
    ),
    handle(api.retireResource, (call) =>
      change(deps, call, (unit) => retireResource(deps, unit, { ...call.params, ...causeOf(call) })),
    ),
  ];
}

/** Changes something that is versioned, once for the call's key. */
function change<View extends { readonly version: number }>(
  deps: CatalogDependencies,
  call: KeyedCall,
  work: (unit: UnitOfWork<CatalogTables>) => Promise<View>,
) {
  return idempotent(deps, call, async (unit) => withTag(await work(unit)));
}

/** Who causes a change, in which trace. */
function causeOf(call: Pick<Call, "caller" | "traceparent">) {
  return { caller: callerOf(call), traceparent: call.traceparent };
}

/** Whoever reads something that is versioned learns the version they would change. */
function withTag<View extends { readonly version: number }>(view: View) {
  return answer(view, { headers: { etag: versionTag(view.version) } });
}
