/** Published resources by version, kept in memory: a version never changes, so what is cached is never stale. */
import type { Id } from "@holdfast/contracts/ids";
import { resourceSnapshot, type ResourceSnapshot } from "@holdfast/contracts/resource-snapshot";
import type { Kysely } from "kysely";
import { LRUCache } from "lru-cache";
import { OpeningRules } from "../calendar/opening-rules.ts";
import type { BookingTables } from "../database.ts";

/** A published version of a resource, with its rules compiled. */
export interface PublishedResource {
  readonly snapshot: ResourceSnapshot;
  readonly opening: OpeningRules;
}

/** Which version of which resource. */
export interface ResourceVersion {
  readonly resource_id: Id<"res">;
  readonly version: number;
}

export class ResourceCache {
  readonly #known = new LRUCache<string, PublishedResource>({ max: 5000 });

  /** The resources asked for, those not in memory read with one query; `db` may be a transaction. */
  async load(
    db: Kysely<BookingTables>,
    wanted: readonly ResourceVersion[],
  ): Promise<Map<string, PublishedResource>> {
    const found = new Map<string, PublishedResource>();
    const missing: ResourceVersion[] = [];
    for (const one of wanted) {
      const known = this.#known.get(keyOf(one));
      if (known) found.set(one.resource_id, known);
      else missing.push(one);
    }
    if (missing.length === 0) return found;
    const rows = await db
      .selectFrom("resources")
      .select(["resource_id", "version", "snapshot"])
      .where(
        "resource_id",
        "in",
        missing.map((one) => one.resource_id),
      )
      .execute();
    for (const row of rows) {
      if (!row.snapshot) continue;
      // Stored by an earlier release it may lack what rules got since: parsing fills that in.
      const snapshot = resourceSnapshot.parse(row.snapshot);
      const resource = { snapshot, opening: new OpeningRules(snapshot.rules) };
      this.#known.set(keyOf(row), resource);
      found.set(row.resource_id, resource);
    }
    return found;
  }
}

function keyOf(one: ResourceVersion): string {
  return `${one.resource_id}@${one.version}`;
}
