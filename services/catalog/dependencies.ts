/** What catalog's use cases work with; each names the part it needs. */
import type { Clock } from "@holdfast/chassis/clock";
import type { Transact } from "@holdfast/chassis/unit-of-work";
import type { Kysely } from "kysely";
import type { CatalogTables } from "./database.ts";

export interface CatalogDependencies {
  readonly db: Kysely<CatalogTables>;
  readonly transact: Transact<CatalogTables>;
  readonly clock: Clock;
}
