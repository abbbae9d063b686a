/** Where secrets and card data stand in what a platform keeps and says, though none should. */
import type pg from "pg";
import { inLogs, inRedis, inStreams, inTables, type Sought } from "./kept-traces.ts";
import { holds, type SecretKind, secretKinds } from "./secret-kinds.ts";
import type { Platform } from "./start-platform.ts";

function soughtOf(kind: SecretKind): Sought {
  return {
    condition: "t::text ~ $1",
    parameter: kind.pattern.source,
    isIn: (text) => holds(text, kind),
  };
}

/** Texts that are secrets by what they are, not by how they look. */
function soughtTexts(texts: readonly string[]): Sought {
  return {
    condition: "t::text like any($1)",
    parameter: texts.map((text) => `%${text.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`)}%`),
    isIn: (text) => texts.some((one) => text.includes(one)),
  };
}

/**
 * Each kind of secret with the tables, streams, keys and logs that hold it: those of `secretKinds`, the platform's own
 * secrets, and `texts`, such as passwords that a test has used. Where a kind has to be kept is left out.
 */
export async function secretsKept(
  platform: Platform,
  sql: pg.Pool,
  texts: readonly string[],
): Promise<string[]> {
  const own = [...Object.values(platform.secrets), platform.admin.password, ...texts];
  const kinds: readonly (readonly [string, Sought, readonly string[]])[] = [
    ...secretKinds.map((kind) => [kind.name, soughtOf(kind), kind.keptIn ?? []] as const),
    ["a secret of the platform's or a password", soughtTexts(own), []],
  ];
  const anywhere: Sought = {
    condition: "true",
    parameter: null,
    isIn: (text) => kinds.some(([, sought]) => sought.isIn(text)),
  };
  const tables = await Promise.all(
    kinds.map(async ([name, sought, kept]) => {
      const places = await inTables(sql, sought);
      return places.filter((place) => !kept.includes(place)).map((place) => `${name} in ${place}`);
    }),
  );
  const elsewhere = await Promise.all([
    inStreams(platform, anywhere),
    inRedis(platform, anywhere),
    inLogs(platform, anywhere),
  ]);
  return [...tables.flat(), ...elsewhere.flat().map((place) => `a secret in ${place}`)];
}
