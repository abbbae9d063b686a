/** Everything the business has stored, as one hash a table: two that are alike mean that nothing was changed. */
import { until } from "@holdfast/testkit/until";
import type pg from "pg";

/**
 * A table's hash by its name, `schema.table`. Of rows that run out there is one for each minute in which some do, under the
 * name with that minute: once it has come, sweeps delete them.
 */
export interface Fingerprint {
  readonly hashes: ReadonlyMap<string, string>;
  /** The minute in which it was taken, as names have them. */
  readonly minute: string;
}

/** What changes by itself, or by being refused, in every schema that has it; each with its reason. */
const exceptTables: Readonly<Record<string, string>> = {
  outbox: "rows are marked as published, and swept",
  inbox: "what was consumed is noted, and swept",
  dead_letters: "holds what consumers gave up, which is no request's doing",
  stream_epochs: "belongs to the bus",
  stripe_events: "what the payment provider tells is noted once, late or twice, and swept",
  reconciliation_runs:
    "a run is worked on long after its answer, which is given again only where there is one run",
  reconciliation_seen: "belongs to the run that is worked on",
  discrepancies: "are found and closed by runs, which is no request's doing",
  key_sets: "each service keeps the keys it fetched last",
  audit_log: "grows by every refusal: it is looked at by itself",
  schema_migrations: "belongs to the start",
};

/**
 * Columns that say when something was last seen; what an old refresh token's answer was derived with, which is soon erased; how often and when the payment provider is asked what a guest who has yet
 * to pay has done, and a calendar elsewhere what is in it. What they answer stands in others.
 */
const exceptColumns: readonly string[] = [
  "last_used_at",
  "successor_salt",
  "call",
  "calls",
  "looks",
  "failures",
  "next_attempt_at",
  "updated_at",
  "due_at",
  "last_error",
  "synced_at",
];

/** So that it is planned once a connection. */
interface NamedQuery {
  readonly name: string;
  readonly text: string;
}

const queries = new WeakMap<pg.Pool, Promise<NamedQuery>>();

const minuteOf = (instant: string) => `to_char((${instant}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI')`;

/** One query for all tables there are; they are asked for once, for no migration runs meanwhile. */
function queryFor(sql: pg.Pool): Promise<NamedQuery> {
  const known = queries.get(sql);
  if (known !== undefined) return known;
  const made = (async () => {
    const { rows } = await sql.query<{ schema: string; name: string; columns: string[] }>(
      `select table_schema as schema, table_name as name,
         array_agg(column_name::text order by ordinal_position) as columns
       from information_schema.columns join information_schema.tables using (table_schema, table_name)
       where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')
       group by 1, 2 order by 1, 2`,
    );
    const hashes = rows
      .filter(({ name }) => !(name in exceptTables))
      .map(({ schema, name, columns }) => {
        const compared = columns.filter((column) => !exceptColumns.includes(column));
        return `select '${schema}.${name}' as name, until, sum(hash)::text as hash
          from (select hashtextextended(row(${compared.map((column) => `"${column}"`).join()})::text, 0) as hash,
              ${columns.includes("expires_at") ? minuteOf("expires_at") : "null"} as until
            from "${schema}"."${name}") hashes
          group by until`;
      });
    const now = `select 'now' as name, ${minuteOf("now()")} as until, '' as hash`;
    return { name: "fingerprint", text: [now, ...hashes].join("\nunion all\n") };
  })();
  queries.set(sql, made);
  return made;
}

/** As it is now. */
export async function fingerprint(sql: pg.Pool): Promise<Fingerprint> {
  const { rows } = await sql.query<{ name: string; until: string | null; hash: string }>(await queryFor(sql));
  const named = rows.map(
    ({ name, until, hash }) => [until === null ? name : `${name} ${until}`, hash] as const,
  );
  return { hashes: new Map(named), minute: rows.find(({ name }) => name === "now")?.until ?? "" };
}

/** Tables in which the two differ, what has run out by the time of the second left out. */
export function changedTables(before: Fingerprint, after: Fingerprint): string[] {
  const names = new Set([...before.hashes.keys(), ...after.hashes.keys()]);
  const changed = [...names].flatMap((name) => {
    const [table = "", until] = name.split(" ");
    const isOver = until !== undefined && until <= after.minute;
    return isOver || before.hashes.get(name) === after.hashes.get(name) ? [] : [table];
  });
  return [...new Set(changed)];
}

/** How long nothing may move before it counts as quiet: longer than an event takes from one service to the next. */
const quietMs = 400;
const quietDeadlineMs = 20_000;

/** One that cannot be issued yet is tried again later; nothing moves meanwhile. */
async function areDocumentsWaiting(sql: pg.Pool): Promise<boolean> {
  const { rowCount } = await sql.query(
    "select from payment.document_causes where next_attempt_at is not null limit 1",
  );
  return rowCount === 1;
}

/** Waits until nothing moves any more. @throws Error after 20 s */
export async function quietFingerprint(sql: pg.Pool): Promise<Fingerprint> {
  let last = await fingerprint(sql);
  let since = performance.now();
  return until(
    "the platform to be quiet",
    async () => {
      const next = await fingerprint(sql);
      if (changedTables(last, next).length > 0) since = performance.now();
      last = next;
      return performance.now() - since >= quietMs && !(await areDocumentsWaiting(sql)) && last;
    },
    quietDeadlineMs,
  );
}
