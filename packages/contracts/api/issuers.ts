/** What invoices say of who issues them, for the service that writes them. */
import { z } from "zod";
import { defineEndpoint } from "../define-endpoint.ts";
import { id } from "../ids.ts";
import { postalAddress } from "./catalog.ts";

/** A vendor as it stands on an invoice. */
export const issuer = z.object({
  vendorId: id("vnd"),
  name: z.string(),
  legalName: z.string().nullable(),
  taxId: z.string().nullable(),
  address: postalAddress.nullable(),
});
export type Issuer = z.infer<typeof issuer>;

export const getIssuers = defineEndpoint({
  name: "getIssuers",
  service: "catalog",
  method: "post",
  path: "/internal/issuers",
  summary: "Vendors as they stand on invoices",
  access: "service",
  body: z.strictObject({ vendorIds: z.array(id("vnd")).min(1).max(500) }),
  idempotencyKey: { none: "A question: nothing is changed." },
  answers: {
    status: 200,
    description: "Those that exist",
    body: z.object({ issuers: z.array(issuer) }),
  },
});
