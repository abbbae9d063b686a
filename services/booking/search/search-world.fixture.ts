/** The booking service with resources to be found, and the test's way of looking for them. */
import { resourcePublished } from "@holdfast/contracts/events/catalog";
import type { SearchItem } from "@holdfast/contracts/api/search";
import { newId, type Id } from "@holdfast/contracts/ids";
import type { ResourceRulesInput } from "@holdfast/contracts/resource-snapshot";
import { completeRules } from "@holdfast/testkit/resource-rules";
import { until } from "@holdfast/testkit/until";
import { chairRules, type BookingWorld } from "../booking-world.fixture.ts";

/** What a search answered. */
export interface Found {
  readonly status: number;
  readonly headers: Headers;
  readonly items: readonly SearchItem[];
  readonly ids: readonly string[];
  readonly next: string | null;
  /** The fields that a refusal names. */
  readonly fields: readonly string[];
}

export class SearchWorld {
  readonly #world: BookingWorld;

  constructor(world: BookingWorld) {
    this.#world = world;
  }

  /** Publishes resources of one new vendor, in that order, and waits until search knows all of them. */
  async publish(
    ...rules: readonly Partial<ResourceRulesInput>[]
  ): Promise<{ vendorId: Id<"vnd">; ids: Id<"res">[] }> {
    const vendorId = newId("vnd");
    const ids: Id<"res">[] = [];
    for (const one of rules) ids.push(await this.emit(vendorId, newId("res"), 1, one));
    await until("search to know them", async () => {
      const { rows } = await this.#world.sql.query<{ count: number }>(
        "select count(*)::integer from resource_search where vendor_id = $1",
        [vendorId],
      );
      return rows[0]!.count === ids.length;
    });
    return { vendorId, ids };
  }

  /** Tells booking of a version of a resource. */
  async emit(
    vendorId: Id<"vnd">,
    resourceId: Id<"res">,
    version: number,
    rules: Partial<ResourceRulesInput>,
  ): Promise<Id<"res">> {
    const complete = completeRules({ ...chairRules, ...rules });
    const data = { resourceId, vendorId, vendorName: "Pousada", version, rules: complete };
    await this.#world.tap.emit(resourcePublished, { subject: resourceId, version, data });
    return resourceId;
  }

  /** Searches with a query's members, or its text as it is. */
  async search(query: Readonly<Record<string, unknown>> | string): Promise<Found> {
    const parameters =
      typeof query === "string"
        ? query
        : new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)])).toString();
    const { status, headers, body } = await this.#world.call("GET", `/v1/search?${parameters}`, null);
    const {
      items = [],
      next = null,
      errors = [],
    } = body as {
      items?: SearchItem[];
      next?: string | null;
      errors?: { field: string }[];
    };
    const ids = items.map((item) => item.resourceId);
    return { status, headers, items, ids, next, fields: errors.map((error) => error.field) };
  }
}
