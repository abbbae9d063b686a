/**
 * Tells the audit log what this process did and refused. `record` waits until it is written; `note` never waits: what
 * is noted is gathered for a second, sent, and kept while the log cannot be reached, all of it bounded.
 */
import { reportAudit, type AuditReport } from "@holdfast/contracts/api/audit";
import { newId } from "@holdfast/contracts/ids";
import { AuditGathering } from "./audit-gathering.ts";
import type { Logger } from "./log.ts";
import type { Count, Metrics } from "./metrics.ts";
import { auditUnavailable } from "./problems.ts";
import type { ServiceTokenSource } from "./service-token.ts";
import { every, type Sweep } from "./sweep.ts";

/** What happened; which service saw it, and when, is added. */
export type AuditNote = Omit<AuditReport, "entryId" | "at" | "service" | "times">;

export interface AuditSink {
  /** Written when it resolves. @throws auditUnavailable */
  record(note: AuditNote): Promise<void>;
  /** Written soon, at the latest when the log can be reached again; what exceeds the bounds is counted and dropped. */
  note(note: AuditNote): void;
}

export interface OpenAuditSink extends AuditSink, AsyncDisposable {
  /** Sends what there is, for a second at most; what then is left is lost, and said to be. */
  drain(): Promise<void>;
}

/** Writes the reports. @throws ReportsRefused where they will never be taken, anything else where they may be later */
export type WriteReports = (reports: readonly AuditReport[], signal?: AbortSignal) => Promise<void>;

/** Reports that the log does not take, however often they are sent. */
export class ReportsRefused extends Error {}

export interface AuditSinkOptions {
  readonly service: AuditReport["service"];
  readonly write: WriteReports;
  readonly log: Logger;
  readonly metrics: Metrics;
}

const gatherMs = 1_000;
const kindsMax = 1_000;
const queueMax = 10_000;
/** The longest of them are within the largest body that `reportAudit` takes. */
const reportsAtOnce = 128;
const drainMs = 1_000;

type DropReason = "gathering" | "queue" | "refused" | "shutdown";

class GatheringSink implements OpenAuditSink {
  readonly #options: AuditSinkOptions;
  readonly #gathering = new AuditGathering(kindsMax);
  readonly #dropped: Count<"reason">;
  readonly #sweep: Sweep;
  #queue: AuditReport[] = [];
  #isFailing = false;
  #drained: Promise<void> | undefined;

  constructor(options: AuditSinkOptions) {
    this.#options = options;
    this.#dropped = options.metrics.counter({
      name: "audit_entries_dropped_total",
      help: "Entries for the audit log that were lost: too many at once, too many waiting, or never taken",
      labels: ["reason"],
    });
    this.#sweep = every({
      name: "audit",
      intervalMs: gatherMs,
      work: (signal) => this.#send(signal),
      log: options.log,
    });
  }

  async record(note: AuditNote): Promise<void> {
    try {
      await this.#options.write([this.#reportOf(note)]);
    } catch (error) {
      throw auditUnavailable(undefined, { headers: { "retry-after": "1" }, cause: error });
    }
  }

  note(note: AuditNote): void {
    const gathered = this.#gathering.add(note, () => this.#reportOf(note));
    if (!gathered) this.#dropped.add({ reason: "gathering" });
  }

  drain(): Promise<void> {
    return (this.#drained ??= this.#drain());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.drain();
  }

  async #drain(): Promise<void> {
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, drainMs);
    await Promise.race([this.#finish(), late.promise]);
    clearTimeout(timer);
    this.#drop("shutdown", this.#queue);
    this.#queue = [];
  }

  /** A write in hand is given up and made again: the log takes each entry once. */
  async #finish(): Promise<void> {
    await this.#sweep[Symbol.asyncDispose]();
    await this.#send();
  }

  #reportOf(note: AuditNote): AuditReport {
    return {
      ...note,
      entryId: newId("aud"),
      at: new Date().toISOString(),
      service: this.#options.service,
      times: 1,
    };
  }

  /** Sends all there is, oldest first, until it cannot be written; then what is left is kept for the next time. */
  async #send(signal?: AbortSignal): Promise<void> {
    this.#enqueue(this.#gathering.take());
    while (this.#queue.length > 0 && signal?.aborted !== true) {
      const sent = this.#queue.slice(0, reportsAtOnce);
      try {
        await this.#options.write(sent, signal);
        this.#isFailing = false;
      } catch (error) {
        if (!(error instanceof ReportsRefused)) return this.#keep(error);
        this.#options.log.error({ err: error, entries: sent.length }, "the audit log refused entries");
        this.#drop("refused", sent);
      }
      this.#queue.splice(0, sent.length);
    }
  }

  #enqueue(reports: readonly AuditReport[]): void {
    const room = queueMax - this.#queue.length;
    this.#queue.push(...reports.slice(0, room));
    this.#drop("queue", reports.slice(room));
  }

  #keep(error: unknown): void {
    if (!this.#isFailing) {
      this.#options.log.warn(
        { err: error, waiting: this.#queue.length },
        "the audit log cannot be written; entries are kept",
      );
    }
    this.#isFailing = true;
  }

  #drop(reason: DropReason, reports: readonly AuditReport[]): void {
    if (reports.length === 0) return;
    this.#dropped.add({ reason }, reports.length);
    this.#options.log.warn({ reason, entries: reports.length }, "entries of the audit log were dropped");
  }
}

/** Starts it. */
export function openAuditSink(options: AuditSinkOptions): OpenAuditSink {
  return new GatheringSink(options);
}

const writeTimeoutMs = 2_000;
/** Answers that come again however often the same is sent. */
const finalStatuses: ReadonlySet<number> = new Set([400, 413, 415, 422]);

/** Writes by asking auth, which keeps the log. */
export function reportToAuth(options: {
  readonly authUrl: string;
  readonly tokens: ServiceTokenSource;
}): WriteReports {
  const url = new URL(reportAudit.path, options.authUrl);
  return async (entries, signal) => {
    const timeout = AbortSignal.timeout(writeTimeoutMs);
    const response = await fetch(url, {
      method: "POST",
      headers: {
        authorization: `Bearer ${await options.tokens.token()}`,
        "content-type": "application/json",
      },
      body: JSON.stringify({ entries }),
      signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
      redirect: "error",
    });
    await response.body?.cancel();
    if (response.ok) return;
    const message = `auth answered ${response.status} to entries of the audit log`;
    if (finalStatuses.has(response.status)) throw new ReportsRefused(message);
    throw new Error(message);
  };
}
