/** How auth, which keeps the audit log, tells it what it did and refused itself. */
import { type AuditSinkOptions, type OpenAuditSink, openAuditSink } from "@holdfast/chassis/audit";
import type { Transact } from "@holdfast/chassis/unit-of-work";
import type { AuthTables } from "../database.ts";
import { codeWrong, credentialsWrong } from "../problems.ts";
import { writeReports } from "./write-audit.ts";

/**
 * Whoever refuses with these has written so, with whose account it was tried on: a second entry would tell less.
 */
const written: ReadonlySet<string> = new Set([credentialsWrong.code, codeWrong.code]);

/** As every service's, with the table itself at its end. */
export function openOwnAudit({
  transact,
  log,
  metrics,
}: Pick<AuditSinkOptions, "log" | "metrics"> & { readonly transact: Transact<AuthTables> }): OpenAuditSink {
  const sink = openAuditSink({
    service: "auth",
    write: (reports) => transact(({ tx }) => writeReports(tx, reports)),
    log,
    metrics,
  });
  return {
    record: (note) => sink.record(note),
    note: (note) => {
      if (note.kind !== "refusal" || !written.has(note.outcome)) sink.note(note);
    },
    drain: () => sink.drain(),
    [Symbol.asyncDispose]: () => sink[Symbol.asyncDispose](),
  };
}
