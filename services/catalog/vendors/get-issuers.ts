import type { Issuer } from "@holdfast/contracts/api/issuers";
import type { Id } from "@holdfast/contracts/ids";
import { sql } from "kysely";
import type { CatalogDependencies } from "../dependencies.ts";

/** These vendors as they stand on invoices now; who does not exist is not among them. */
export async function getIssuers(
  { db }: Pick<CatalogDependencies, "db">,
  vendorIds: readonly Id<"vnd">[],
): Promise<{ issuers: Issuer[] }> {
  const issuers = await db
    .selectFrom("vendors")
    .select(["id as vendorId", "name", "legal_name as legalName", "tax_id as taxId", "address"])
    .where(sql<boolean>`id = any(${vendorIds})`)
    .execute();
  return { issuers };
}
