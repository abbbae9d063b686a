/** Catalog's tables. */
import type { ChassisTables } from "@holdfast/chassis/database";
import type { Id } from "@holdfast/contracts/ids";
import type { ResourceRules } from "@holdfast/contracts/resource-snapshot";
import type { ColumnType, GeneratedAlways } from "kysely";

export interface CatalogTables extends ChassisTables {
  vendors: VendorTable;
  resources: ResourceTable;
}

export interface VendorTable {
  id: Id<"vnd">;
  owner_id: Id<"usr">;
  name: string;
  status: "registered" | "verified";
  version: number;
  created_at: string;
}

export interface ResourceTable {
  id: Id<"res">;
  vendor_id: Id<"vnd">;
  status: "draft" | "published" | "retired";
  /** Grows with every change; the ETag, and the version booking knows the rules by. */
  version: number;
  /** Written as JSON text. */
  rules: ColumnType<ResourceRules, string, string>;
  /** The rules' classification, for the list. */
  kind: GeneratedAlways<string>;
  created_at: string;
  updated_at: string;
}
