/** A call that has an effect, made ready to be sent again and again. */
import { expect } from "vitest";
import type { RouteGround } from "../route-ground.ts";
import type { Aimed } from "../route-requests.ts";

/** What of a call is not the usual: the usual is the least that the endpoint takes, about side A's, by whoever may. */
export type Unusual = Partial<Pick<Aimed, "token" | "ids" | "body" | "query">>;

/** Makes what the call is about, where that is used up by it or has to stand in a certain way. */
export type Prepare = (ground: RouteGround) => Promise<Unusual>;

/** One row's column, which must be there. */
export async function textOf(
  { sql }: Pick<RouteGround, "sql">,
  query: string,
  values: readonly unknown[],
): Promise<string> {
  const { rows } = await sql.query<{ text: string }>(query, [...values]);
  expect(rows.length, query).toBeGreaterThan(0);
  return rows[0]!.text;
}
