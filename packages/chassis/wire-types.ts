/** How Postgres' text values become JSON-safe values: no Date, no float for a bigint, instants as RFC 3339 in UTC. */
import assert from "node:assert";
import pg from "pg";

const oid = { int8: 20, date: 1082, timestamp: 1114, timestamptz: 1184, interval: 1186 } as const;
const arrayOid = { text: 1009, int8: 1016, date: 1182, timestamp: 1115, timestamptz: 1185 } as const;

type Parse = (text: string) => unknown;

/**
 * `2026-12-01 15:00:00+00` (what a session in UTC sends) as `2026-12-01T15:00:00Z`.
 * `infinity` stays as it is.
 */
export function instantFromWire(text: string): string {
  if (!text.endsWith("+00")) return text;
  return `${text.slice(0, 10)}T${text.slice(11, -3)}Z`;
}

/** A bigint as a number. Sequences, counts and minor units stay far below 2^53; a larger one is a programmer's error. */
export function integerFromWire(text: string): number {
  const value = Number(text);
  assert(Number.isSafeInteger(value), `${text} does not fit a number; select it as text`);
  return value;
}

function identity(text: string): string {
  return text;
}

function arrayOf(parse: (text: string) => unknown): Parse {
  const parseArray: (text: string) => (string | null)[] = pg.types.getTypeParser(arrayOid.text as number);
  return (text) => parseArray(text).map((item) => (item === null ? null : parse(item)));
}

const parsers: ReadonlyMap<number, Parse> = new Map<number, Parse>([
  [oid.int8, integerFromWire],
  [oid.date, identity],
  [oid.timestamp, identity],
  [oid.timestamptz, instantFromWire],
  [oid.interval, identity],
  [arrayOid.int8, arrayOf(integerFromWire)],
  [arrayOid.date, arrayOf(identity)],
  [arrayOid.timestamp, arrayOf(identity)],
  [arrayOid.timestamptz, arrayOf(instantFromWire)],
]);

/** The type parsers of a pool; everything not named here is as `pg` has it (json and jsonb parsed, numeric a string). */
export const wireTypes: pg.CustomTypesConfig = {
  getTypeParser(typeId: number, format?: "text" | "binary") {
    const own = format === "binary" ? undefined : parsers.get(typeId);
    return own ?? pg.types.getTypeParser(typeId, format);
  },
};
