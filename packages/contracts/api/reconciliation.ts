/** The reconciliation, for administrators: what was compared with the payment provider's books and with bookings, and where they differ. */
import { z } from "zod";
import { defineEndpoint } from "../define-endpoint.ts";
import { id } from "../ids.ts";
import { money, utcInstant } from "../values.ts";
import { page, pageQuery } from "./paging.ts";

/** What can differ; the table of `docs/reconciliation.md` says of each what it means and what is done. */
export const discrepancyKinds = [
  "intent-unknown",
  "intent-foreign",
  "intent-missing",
  "intent-mismatch",
  "state-differs",
  "capture-differs",
  "refund-differs",
  "fee-differs",
  "money-without-booking",
  "capture-overdue",
  "kept-differs",
  "ledger-differs",
  "settlement-differs",
  "dispute-unknown",
  "transfer-unknown",
  "transfer-missing",
  "transfer-differs",
  "call-unanswered",
] as const;
export type DiscrepancyKind = (typeof discrepancyKinds)[number];

const side = z
  .object({ says: z.string(), amount: money.nullable() })
  .meta({ id: "DiscrepancySide", description: "What one side says, in words and as an amount" });

const discrepancyView = z
  .object({
    discrepancyId: id("dcy"),
    kind: z.enum(discrepancyKinds),
    state: z.enum(["open", "closed"]),
    subject: z
      .string()
      .describe(
        "What it is about: the id of a booking, a charge, a transfer, or one of the payment provider's",
      ),
    bookingId: id("bkg").nullable(),
    ours: side,
    theirs: side,
    cause: z.string().describe("What leads to such a difference"),
    action: z.object({
      state: z
        .enum(["repairing", "waiting", "parked", "listed", "repaired", "gone"])
        .describe(
          "`repairing`: something was done, and the next look shows what came of it; `waiting`: it is tried again at `until`; `parked`: a person has to; `listed`: nothing is to be done by us; `repaired` and `gone`: it is closed, after a repair or by itself",
        ),
      says: z.string().describe("What was done, or is to be done"),
      until: utcInstant.nullable(),
    }),
    repairs: z.int().min(0).describe("How often a repair was begun"),
    firstSeenAt: utcInstant,
    lastSeenAt: utcInstant,
    closedAt: utcInstant.nullable(),
  })
  .meta({ id: "Discrepancy" });
export type DiscrepancyView = z.infer<typeof discrepancyView>;

export const listDiscrepancies = defineEndpoint({
  name: "listDiscrepancies",
  service: "payment",
  method: "get",
  path: "/v1/reconciliation/discrepancies",
  summary: "Where payment, its ledger, the payment provider and bookings differ, newest first",
  description:
    "What only just began to differ is not among them: a call or a webhook may be on its way. One that is over is closed by the next run.",
  access: "reconciliation:read:any",
  query: pageQuery.extend({
    state: z.enum(["open", "closed"]).optional(),
    kind: z.enum(discrepancyKinds).optional(),
    bookingId: id("bkg").optional(),
  }),
  answers: { status: 200, description: "A page of discrepancies", body: page(discrepancyView) },
});

const runView = z
  .object({
    runId: id("rcn"),
    cause: z.enum(["recent", "wide", "asked"]),
    state: z.enum(["waiting", "running", "finished", "failed"]),
    since: utcInstant.describe("What was made from then on is compared, and whatever is open already"),
    phase: z.string(),
    compared: z
      .object({
        pages: z.int().min(0),
        intents: z.int().min(0),
        refunds: z.int().min(0),
        disputes: z.int().min(0),
        transfers: z.int().min(0),
        charges: z.int().min(0),
        bookings: z.int().min(0),
      })
      .describe("What was read so far; `bookings` is 0 while booking does not answer"),
    opened: z.int().min(0),
    closed: z.int().min(0),
    failure: z.string().nullable(),
    createdAt: utcInstant,
    finishedAt: utcInstant.nullable(),
  })
  .meta({ id: "ReconciliationRun" });
export type RunView = z.infer<typeof runView>;

export const startReconciliation = defineEndpoint({
  name: "startReconciliation",
  service: "payment",
  method: "post",
  path: "/v1/reconciliation/runs",
  summary: "Compare what was made in the last days",
  description: "One run at a time is worked on, so it may wait for the one before.",
  access: "reconciliation:run:any",
  limit: "costly",
  body: z.strictObject({
    days: z.int().min(1).max(400).optional().describe("So many days back; as the hourly run if absent"),
  }),
  answers: { status: 202, description: "It will be", body: runView },
});

export const getReconciliation = defineEndpoint({
  name: "getReconciliation",
  service: "payment",
  method: "get",
  path: "/v1/reconciliation/runs/{runId}",
  summary: "A run of the reconciliation",
  access: "reconciliation:read:any",
  params: z.object({ runId: id("rcn") }),
  answers: { status: 200, description: "How far it is", body: runView },
  problems: ["payment/reconciliation-not-found"],
});

export const listReconciliations = defineEndpoint({
  name: "listReconciliations",
  service: "payment",
  method: "get",
  path: "/v1/reconciliation/runs",
  summary: "Runs of the reconciliation, newest first",
  access: "reconciliation:read:any",
  query: pageQuery,
  answers: { status: 200, description: "A page of runs", body: page(runView) },
});
