/** Catalog's tables. */
import type { ChassisTables } from "@holdfast/chassis/database";
import type { PostalAddress, VendorStatus } from "@holdfast/contracts/api/catalog";
import type { PromotionInput } from "@holdfast/contracts/api/promotions";
import type { DocumentReference } from "@holdfast/contracts/api/vendors";
import type { MemberRole } from "@holdfast/contracts/events/catalog";
import type { Id } from "@holdfast/contracts/ids";
import type { ResourceRules } from "@holdfast/contracts/resource-snapshot";
import type { ColumnType, GeneratedAlways } from "kysely";

export interface CatalogTables extends ChassisTables {
  vendors: VendorTable;
  vendor_history: VendorHistoryTable;
  vendor_members: VendorMemberTable;
  resources: ResourceTable;
  promotions: PromotionTable;
}

/** A column that is written as JSON text. */
type Json<T> = ColumnType<T, string, string>;

export interface VendorTable {
  id: Id<"vnd">;
  /** One of its owners: whoever registered it, while they are one. */
  owner_id: Id<"usr">;
  name: string;
  description: ColumnType<string, string | undefined, string>;
  contact_url: string | null;
  legal_name: string | null;
  tax_id: string | null;
  address: ColumnType<PostalAddress | null, string | null | undefined, string | null>;
  /** `registered` is what the first release called a draft. */
  status: VendorStatus | "registered";
  reasons: ColumnType<readonly string[], string | undefined, string>;
  /** Grows with every change of the vendor or of its members. */
  version: number;
  created_at: string;
}

export interface VendorHistoryTable {
  vendor_id: Id<"vnd">;
  version: number;
  at: string;
  action: string;
  from_status: VendorStatus | null;
  to_status: VendorStatus;
  by_user: Id<"usr">;
  reasons: Json<string[]>;
  documents: Json<DocumentReference[]>;
}

export interface VendorMemberTable {
  vendor_id: Id<"vnd">;
  user_id: Id<"usr">;
  role: MemberRole;
  added_at: string;
}

export interface ResourceTable {
  id: Id<"res">;
  vendor_id: Id<"vnd">;
  status: "draft" | "published" | "retired";
  /** Grows with every change; the ETag, and the version booking knows the rules by. */
  version: number;
  /** As they were written: rules of an earlier release lack what rules got since. */
  rules: Json<ResourceRules>;
  /** The rules' classification, for the list. */
  kind: GeneratedAlways<string>;
  created_at: string;
  updated_at: string;
}

/** Everything about a promotion that bookings made with it depend on. */
export type PromotionTermsStored = Omit<PromotionInput, "code">;

export interface PromotionTable {
  id: Id<"prm">;
  vendor_id: Id<"vnd">;
  /** Grows with every change; the ETag, and the version booking knows the terms by. */
  version: number;
  code: string;
  terms: Json<PromotionTermsStored>;
  ended_at: string | null;
  created_at: string;
  updated_at: string;
}
