import type { Stripe } from "stripe";
import { invalidParameter } from "./errors.ts";
import type { Form } from "./form-body.ts";
import { optionalGroup, optionalInteger, optionalText } from "./parameters.ts";
import type { Shelf } from "./shelf.ts";

interface Listed<O> {
  readonly id: string;
  readonly object: O;
}

interface CreatedRange {
  readonly least: number;
  readonly most: number;
}

/** One page, newest first, under `limit`, `starting_after` or `ending_before`, and `created`. */
export function page<O extends object, T extends Listed<O>>(
  form: Form,
  shelf: Shelf<T>,
  url: string,
  matches: (item: T) => boolean,
): Stripe.ApiList<T["object"]> {
  const limit = optionalInteger(form, "limit", 1) ?? 10;
  if (limit > 100)
    throw invalidParameter(
      "This value must be less than or equal to 100.",
      "limit",
      "parameter_invalid_integer",
    );
  const after = cursor(form, shelf, "starting_after");
  const before = cursor(form, shelf, "ending_before");
  const range = createdRange(form);
  if (before !== undefined) {
    if (after !== undefined) {
      const message = "You can only specify one of these parameters: ending_before, starting_after.";
      throw invalidParameter(message, undefined, "parameters_exclusive");
    }
    return pageBefore(shelf, before, limit, range, url, matches);
  }
  const data: T["object"][] = [];
  for (const item of shelf.newestFirst(after)) {
    const created = createdOf(item.object);
    // Arrival order is creation order, so nothing older can match.
    if (created < range.least) break;
    if (created > range.most || !matches(item)) continue;
    if (data.length === limit) return { object: "list", data, has_more: true, url };
    data.push(item.object);
  }
  return { object: "list", data, has_more: false, url };
}

function cursor<T extends { readonly id: string }>(
  form: Form,
  shelf: Shelf<T>,
  name: "starting_after" | "ending_before",
): string | undefined {
  const id = optionalText(form, name);
  if (id !== undefined && shelf.get(id) === undefined) {
    throw invalidParameter(`No such object: '${id}'`, name, "resource_missing");
  }
  return id;
}

/** The page that comes just before an entry: what arrived next after it, newest first like any other page. */
function pageBefore<O extends object, T extends Listed<O>>(
  shelf: Shelf<T>,
  before: string,
  limit: number,
  range: CreatedRange,
  url: string,
  matches: (item: T) => boolean,
): Stripe.ApiList<T["object"]> {
  const data: T["object"][] = [];
  for (const item of shelf.oldestFirst(before)) {
    const created = createdOf(item.object);
    if (created > range.most) break;
    if (created < range.least || !matches(item)) continue;
    if (data.length === limit) return { object: "list", data: data.toReversed(), has_more: true, url };
    data.push(item.object);
  }
  return { object: "list", data: data.toReversed(), has_more: false, url };
}

function createdOf(object: object): number {
  return "created" in object && typeof object.created === "number" ? object.created : 0;
}

function createdRange(form: Form): CreatedRange {
  if (typeof form["created"] === "string") {
    const exact = optionalInteger(form, "created", 0) ?? 0;
    return { least: exact, most: exact };
  }
  const group = optionalGroup(form, "created");
  if (group === undefined) return { least: 0, most: Number.MAX_SAFE_INTEGER };
  const above = optionalInteger(group, "gt", 0);
  const below = optionalInteger(group, "lt", 0);
  return {
    least: Math.max(optionalInteger(group, "gte", 0) ?? 0, above === undefined ? 0 : above + 1),
    most: Math.min(
      optionalInteger(group, "lte", 0) ?? Number.MAX_SAFE_INTEGER,
      below === undefined ? Number.MAX_SAFE_INTEGER : below - 1,
    ),
  };
}
