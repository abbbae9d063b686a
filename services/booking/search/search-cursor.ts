/** Where a page of a search ends: a position in its order, of use to the very same search only. */
import { createHash } from "node:crypto";
import { requestInvalid } from "@holdfast/chassis/problems";
import { id, type Id } from "@holdfast/contracts/ids";
import { z } from "zod";
import type { SearchQuery } from "./search-query.ts";

/** The last resource looked at: what the order goes by (0 where it goes by the id alone), and its id. */
export interface SearchPosition {
  readonly key: number;
  readonly resourceId: Id<"res">;
}

const content = z.tuple([z.string(), z.number(), id("res")]);

/** The cursor that continues this search after that position. */
export function cursorAfter(query: SearchQuery, { key, resourceId }: SearchPosition): string {
  return Buffer.from(JSON.stringify([fingerprintOf(query), key, resourceId])).toString("base64url");
}

/**
 * The position a search continues after; null where it begins.
 * @throws requestInvalid naming `after` where the cursor is none of this search's
 */
export function positionOf(query: SearchQuery): SearchPosition | null {
  if (query.after === undefined) return null;
  const parsed = content.safeParse(parseJson(Buffer.from(query.after, "base64url").toString()));
  if (parsed.success && parsed.data[0] === fingerprintOf(query)) {
    const [, key, resourceId] = parsed.data;
    return { key, resourceId: resourceId as Id<"res"> };
  }
  const message = "must be the `next` of a page of this very search";
  throw requestInvalid(undefined, { errors: [{ field: "after", message, code: "invalid_cursor" }] });
}

/** Of everything that decides what is found and in which order; pages of one walk may differ in length. */
function fingerprintOf({ limit: _limit, after: _after, ...rest }: SearchQuery): string {
  const members = Object.entries(rest)
    .filter(([, value]) => value !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256").update(JSON.stringify(members)).digest("base64url").slice(0, 16);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
