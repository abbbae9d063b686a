/**
 * Writing many rows with one statement a table.
 * The rows travel as one JSON parameter and `json_populate_recordset(null::t, …)` gives every column its type from the
 * table itself, so nothing about the table is repeated here and the statement's text is the same for any number of rows.
 */
import assert from "node:assert";
import { CompiledQuery, type Insertable, type Transaction, type Updateable } from "kysely";
import { deferred } from "./pipelined-pool.ts";

export interface InsertManyOptions {
  /** Rows that would violate a unique or exclusion constraint are left out, silently. */
  readonly skipConflicts?: boolean;
}

type TableName<DB> = keyof DB & string;

function quoted(name: string): string {
  assert(!name.includes('"'), `${name} cannot be an identifier`);
  return `"${name}"`;
}

/** The columns of the first row; every row must have exactly these. */
function columnsOf(rows: readonly object[]): string[] {
  const columns = Object.keys(rows[0] ?? {});
  assert(columns.length > 0, "a row needs a column");
  for (const row of rows) {
    assert(Object.keys(row).length === columns.length, "rows written together have the same columns");
  }
  return columns;
}

function insertText(table: string, rows: readonly object[], options: InsertManyOptions): string {
  const columns = columnsOf(rows).map(quoted).join(", ");
  const conflict = options.skipConflicts ? " on conflict do nothing" : "";
  return `insert into ${quoted(table)} (${columns}) select ${columns} from json_populate_recordset(null::${quoted(table)}, $1)${conflict}`;
}

/**
 * Inserts the rows in one statement and says how many went in. Columns not given take their defaults.
 * Throws what Postgres throws (a violated constraint refuses all rows). No rows: no statement.
 */
export async function insertMany<DB, T extends TableName<DB>>(
  tx: Transaction<DB>,
  table: T,
  rows: readonly Insertable<DB[T]>[],
  options: InsertManyOptions = {},
): Promise<number> {
  if (rows.length === 0) return 0;
  const text = insertText(table, rows as readonly object[], options);
  const result = await tx.executeQuery(CompiledQuery.raw(text, [JSON.stringify(rows)]));
  return Number(result.numAffectedRows ?? 0n);
}

/**
 * As `insertMany`, without waiting for the answer: it travels with the statement or the commit that follows,
 * which throws its error. One round trip less a table on a hot path.
 */
export async function insertManyDeferred<DB, T extends TableName<DB>>(
  tx: Transaction<DB>,
  table: T,
  rows: readonly Insertable<DB[T]>[],
  options: InsertManyOptions = {},
): Promise<void> {
  if (rows.length === 0) return;
  await tx.executeQuery(
    deferred(insertText(table, rows as readonly object[], options), [JSON.stringify(rows)]),
  );
}

function updateText(table: string, rows: readonly object[], keys: readonly string[]): string {
  const columns = columnsOf(rows);
  const changed = columns.filter((column) => !keys.includes(column));
  assert(
    changed.length > 0 && changed.length + keys.length === columns.length,
    "rows hold the keys and what changes",
  );
  const set = changed.map((column) => `${quoted(column)} = v.${quoted(column)}`).join(", ");
  const match = keys.map((column) => `t.${quoted(column)} = v.${quoted(column)}`).join(" and ");
  return `update ${quoted(table)} t set ${set} from json_populate_recordset(null::${quoted(table)}, $1) v where ${match}`;
}

/**
 * Updates the rows in one statement, each found by its `keys`, and says how many were found.
 * Every row holds its keys and the columns that change, the same ones in each row. No rows: no statement.
 */
export async function updateMany<DB, T extends TableName<DB>>(
  tx: Transaction<DB>,
  table: T,
  keys: readonly (keyof Updateable<DB[T]> & string)[],
  rows: readonly Updateable<DB[T]>[],
): Promise<number> {
  if (rows.length === 0) return 0;
  const text = updateText(table, rows as readonly object[], keys);
  const result = await tx.executeQuery(CompiledQuery.raw(text, [JSON.stringify(rows)]));
  return Number(result.numAffectedRows ?? 0n);
}

/** As `updateMany`, without waiting for the answer. */
export async function updateManyDeferred<DB, T extends TableName<DB>>(
  tx: Transaction<DB>,
  table: T,
  keys: readonly (keyof Updateable<DB[T]> & string)[],
  rows: readonly Updateable<DB[T]>[],
): Promise<void> {
  if (rows.length === 0) return;
  await tx.executeQuery(deferred(updateText(table, rows as readonly object[], keys), [JSON.stringify(rows)]));
}
