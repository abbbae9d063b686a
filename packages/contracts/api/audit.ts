/** The audit log: what administrators did, and what was refused for the sake of security. Append-only. */
import { z } from "zod";
import { defineEndpoint, servers } from "../define-endpoint.ts";
import { id } from "../ids.ts";
import { utcInstant } from "../values.ts";
import { page, pageQuery } from "./paging.ts";

/** What kind of thing an entry tells. */
export const auditKinds = ["action", "refusal", "account"] as const;
export type AuditKind = (typeof auditKinds)[number];

/**
 * An entry as a service reports it. It holds ids and networks, never an address of mail, a name or a whole IP address:
 * entries are never changed, not even to erase a person.
 */
export const auditReport = z.strictObject({
  /** Made by whoever reports it, at `at`: a report that is sent again is written once, and ids sort by what happened. */
  entryId: id("aud"),
  at: utcInstant,
  kind: z.enum(auditKinds),
  service: z.enum(["gateway", ...servers]),
  /** What was done or asked: an endpoint's name, or `unknown-route`. */
  action: z.string().max(100),
  /** A problem's code where it was refused; `done`, `replayed` where it had been done before, or `begun` before it is done. */
  outcome: z.string().max(100),
  /** `usr_…`, `svc:…` or null where nobody is known. */
  actor: z.string().max(100).nullable(),
  sessionId: z.string().max(100).nullable(),
  keyId: z.string().max(100).nullable(),
  /** Ids in the path. */
  targets: z.array(z.string().max(100)).max(8),
  network: z.string().max(60).nullable(),
  requestId: z.string().max(100).nullable(),
  /** How often the same happened within the second it was gathered in. */
  times: z.int().min(1),
});
export type AuditReport = z.infer<typeof auditReport>;

export const reportAudit = defineEndpoint({
  name: "reportAudit",
  service: "auth",
  method: "post",
  path: "/internal/audit-entries",
  summary: "Add to the audit log, for other services",
  access: "service",
  maxBodyBytes: 262_144,
  body: z.strictObject({ entries: z.array(auditReport).min(1).max(500) }),
  answers: { status: 204, description: "They are written" },
});

/** An entry as it is read. */
export const auditEntry = auditReport.meta({ id: "AuditEntry" });
export type AuditEntry = z.infer<typeof auditEntry>;

export const listAuditLog = defineEndpoint({
  name: "listAuditLog",
  service: "auth",
  method: "get",
  path: "/v1/audit-log",
  summary: "The audit log, newest first",
  access: "audit:read:any",
  query: pageQuery.extend({
    kind: z.enum(auditKinds).optional(),
    actor: z.string().max(100).optional(),
    action: z.string().max(100).optional(),
    outcome: z.string().max(100).optional(),
    from: utcInstant.optional(),
    until: utcInstant.optional(),
  }),
  answers: { status: 200, description: "A page of entries", body: page(auditEntry) },
});
