/** Catalog's endpoints. */
import { answer, callerOf, handle, type Route } from "@holdfast/chassis/endpoint";
import { idempotent } from "@holdfast/chassis/idempotency";
import * as api from "@holdfast/contracts/api/catalog";
import type { CatalogDependencies } from "./dependencies.ts";
import { createResource } from "./resources/create-resource.ts";
import { getResource } from "./resources/get-resource.ts";
import { listResources, nextPageLink } from "./resources/list-resources.ts";
import { publishResource } from "./resources/publish-resource.ts";
import { replaceResource } from "./resources/replace-resource.ts";
import { retireResource } from "./resources/retire-resource.ts";
import { versionTag } from "./resources/version-tag.ts";
import { getVendor } from "./vendors/get-vendor.ts";
import { registerVendor } from "./vendors/register-vendor.ts";
import { verifyVendor } from "./vendors/verify-vendor.ts";

export function catalogRoutes(deps: CatalogDependencies): Route[] {
  return [
    handle(api.registerVendor, (call) =>
      idempotent(deps, call, async (unit) =>
        answer(
          await registerVendor(deps, unit, {
            body: call.body,
            caller: callerOf(call),
            traceparent: call.traceparent,
          }),
        ),
      ),
    ),
    handle(api.getVendor, async (call) =>
      answer(await getVendor(deps, { ...call.params, caller: callerOf(call) })),
    ),
    handle(api.verifyVendor, async ({ params, traceparent }) =>
      answer(await verifyVendor(deps, { ...params, traceparent })),
    ),
    handle(api.createResource, (call) =>
      idempotent(deps, call, async (unit) =>
        withTag(await createResource(deps, unit, { body: call.body, caller: callerOf(call) })),
      ),
    ),
    handle(api.listResources, async ({ query }) => {
      const page = await listResources(deps, query);
      return answer(page, { headers: nextPageLink(api.listResources.path, query, page.next) });
    }),
    handle(api.getResource, async ({ params, caller }) =>
      withTag(await getResource(deps, { ...params, caller })),
    ),
    handle(api.replaceResource, async (call) =>
      withTag(
        await replaceResource(deps, {
          ...call.params,
          ...call.body,
          caller: callerOf(call),
          ifMatch: call.headers("if-match"),
          traceparent: call.traceparent,
        }),
      ),
    ),
    handle(api.publishResource, async (call) =>
      withTag(
        await publishResource(deps, {
          ...call.params,
          caller: callerOf(call),
          traceparent: call.traceparent,
        }),
      ),
    ),
    handle(api.retireResource, async (call) =>
      withTag(
        await retireResource(deps, { ...call.params, caller: callerOf(call), traceparent: call.traceparent }),
      ),
    ),
  ];
}

/** Whoever reads a resource learns the version they would change. */
function withTag(resource: api.ResourceView) {
  return answer(resource, { headers: { etag: versionTag(resource.version) } });
}
