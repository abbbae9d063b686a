/** Wires documents: what is asked of other services, and the work in the background. */
import type { Foundation } from "@holdfast/chassis/foundation";
import { createServiceTokenSource } from "@holdfast/chassis/service-token";
import { every } from "@holdfast/chassis/sweep";
import type { Config } from "../config.ts";
import type { PaymentTables } from "../database.ts";
import { createDocumentSources } from "./document-sources.ts";
import { createGuestNames } from "./guest-names.ts";
import { issueDocuments } from "./issue-documents.ts";
import { createOverdueReport } from "./overdue-documents.ts";

/**
 * One batch at a time, however many there are: 200 documents a second and replica at most, so that a rush of bookings
 * is not slowed down by its paperwork.
 */
const issueEveryMs = 500;
const reportEveryMs = 30_000;
/** Whoever opens a document waits for no more than this to see a name on it. */
const nameTimeoutMs = 1_000;

export function startDocuments(
  { CATALOG_URL, BOOKING_URL, AUTH_URL, CLIENT_SECRET }: Config,
  { name, db, transact, clock, log, metrics }: Foundation<PaymentTables>,
) {
  const stack = new AsyncDisposableStack();
  const tokens = createServiceTokenSource({ authUrl: AUTH_URL, name, secret: CLIENT_SECRET });
  const sources = createDocumentSources({ urls: BOOKING_URL, tokens }, { urls: CATALOG_URL, tokens });
  const guests = createGuestNames({ urls: [AUTH_URL], tokens, timeoutMs: nameTimeoutMs }, log);
  const issued = metrics.counter({
    name: "payment_documents_issued_total",
    help: "Invoices and credit notes issued.",
    labels: ["kind"],
  });
  const work = async () => {
    await issueDocuments({ db, transact, clock, sources, log, issued });
  };
  stack.use(every({ name: "issue-documents", intervalMs: issueEveryMs, work, log }));
  const report = createOverdueReport({ db, log, metrics });
  stack.use(every({ name: "overdue-documents", intervalMs: reportEveryMs, work: report, log }));
  return { clock, sources, guests, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}
