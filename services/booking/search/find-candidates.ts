/**
 * The resources that fit everything a search says but the time, page by page in its order: the order's key and the id
 * are a row's place, so what is published or retired meanwhile shifts nothing.
 */
import type { Id } from "@holdfast/contracts/ids";
import { sql, type Kysely, type RawBuilder } from "kysely";
import { isBookable, type CalendarRow } from "../calendar/calendars.ts";
import type { BookingTables } from "../database.ts";
import { boxesAround, placeOf } from "./near.ts";
import type { SearchPosition } from "./search-cursor.ts";
import { sortOf, type SearchQuery } from "./search-query.ts";
import { textQueryOf } from "./search-words.ts";
import type { ShownResource } from "./shown-resource.ts";

/** A resource that fits, with the versions of its rules and its calendar. */
export interface Candidate extends Omit<CalendarRow, "bookable"> {
  readonly resource_id: Id<"res">;
  /** Its place in the order, with its id; none where the order goes by the id alone. */
  readonly key?: number;
  /** Only where the search names a place. */
  readonly distance?: number;
  /** Only where it was asked for. */
  readonly shown?: ShownResource;
}

const withinKmUnsaid = 25;

export interface CandidatesAsked {
  readonly query: SearchQuery;
  /** Null: from the beginning. */
  readonly after: SearchPosition | null;
  readonly limit: number;
  /** Read what is shown of them too. */
  readonly shown: boolean;
}

/**
 * The next resources of the search, at most `limit` of them.
 *
 * The resource and the calendar of each row are looked up by their keys, one after the other: `offset 0` keeps them from
 * being joined any other way. As plain joins a kept plan, made while the tables were small, compared every row with every
 * other: 46 ms of Postgres' time for 1,000 resources instead of 3.
 */
export async function findCandidates(
  db: Kysely<BookingTables>,
  { query, after, limit, shown }: CandidatesAsked,
): Promise<Candidate[]> {
  const order = orderOf(query);
  // A thousand rows of constants take their time too.
  const more = [
    ...(sortOf(query) === "newest" ? [] : ["key"]),
    ...(query.near === undefined ? [] : ["distance"]),
    ...(shown ? ["shown"] : []),
  ];
  const { rows } = await sql<Candidate>`
    select resource_id, calendar_id, version, calendar_version ${sql.join(
      more.map((name) => sql`, ${sql.ref(name)}`),
      sql``,
    )}
    from (
      select s.resource_id, s.calendar_id, s.shown, r.version, c.version as calendar_version,
        ${isBookable} as bookable, ${order.key} as key, ${distanceOf(query)} as distance
      from resource_search s
        cross join lateral (select * from resources where resource_id = s.resource_id offset 0) r
        cross join lateral (select * from calendars where calendar_id = s.calendar_id offset 0) c
      where ${sql.join(conditionsOf(query), sql` and `)}
    ) found
    where found.bookable ${after ? sql`and ${order.beyond(after)}` : sql``} ${withinDistance(query)}
    order by ${order.by} limit ${limit}`.execute(db);
  return rows;
}

interface Order {
  readonly key: RawBuilder<unknown>;
  readonly by: RawBuilder<unknown>;
  /** What comes after that position. */
  readonly beyond: (position: SearchPosition) => RawBuilder<unknown>;
}

const noDistance = sql`null::double precision`;

function orderOf(query: SearchQuery): Order {
  const ascending = sql`key, resource_id`;
  const afterAscending = ({ key, resourceId }: SearchPosition) =>
    sql`(found.key, found.resource_id) > (${key}::double precision, ${resourceId})`;
  switch (sortOf(query)) {
    case "newest":
      return {
        key: sql`0`,
        by: sql`resource_id desc`,
        beyond: ({ resourceId }) => sql`found.resource_id < ${resourceId}`,
      };
    case "relevance":
      return {
        key: sql`ts_rank(s.words, ${textQueryOf(query.text ?? "")}::tsquery)::double precision`,
        by: sql`key desc, resource_id desc`,
        beyond: ({ key, resourceId }) =>
          sql`(found.key, found.resource_id) < (${key}::double precision, ${resourceId})`,
      };
    case "distance":
      return { key: distanceOf(query), by: ascending, beyond: afterAscending };
    case "price":
      return {
        key: sql`s.price_minor`,
        by: ascending,
        beyond: ({ key, resourceId }) =>
          sql`(found.key, found.resource_id) > (${key}::bigint, ${resourceId})`,
      };
  }
}

function distanceOf({ near }: SearchQuery): RawBuilder<unknown> {
  if (near === undefined) return noDistance;
  const { latitude, longitude } = placeOf(near);
  return sql`distance_km(s.location, ${`(${longitude},${latitude})`}::point)`;
}

function withinDistance({ near, withinKm = withinKmUnsaid }: SearchQuery): RawBuilder<unknown> {
  return near === undefined ? sql`` : sql`and found.distance <= ${withinKm}::double precision`;
}

function conditionsOf(query: SearchQuery): RawBuilder<unknown>[] {
  const { text, kind, vendorId, near, priceFrom, priceTo, currency, people, capacity, quantity } = query;
  const conditions: RawBuilder<unknown>[] = [
    sql`s.capacity >= ${Math.max(quantity, capacity ?? 1)}::integer`,
    ...attributesOf(query).map(holdsAttribute),
  ];
  if (text !== undefined) conditions.push(sql`s.words @@ ${textQueryOf(text)}::tsquery`);
  if (kind !== undefined) conditions.push(sql`s.kind = ${kind}`);
  if (vendorId !== undefined) conditions.push(sql`s.vendor_id = ${vendorId}`);
  if (currency !== undefined) conditions.push(sql`s.currency = ${currency}`);
  if (priceFrom !== undefined) conditions.push(sql`s.price_minor >= ${priceFrom}::bigint`);
  if (priceTo !== undefined) conditions.push(sql`s.price_minor <= ${priceTo}::bigint`);
  if (people !== undefined) {
    conditions.push(
      sql`(s.people_per_unit is null or s.people_per_unit * ${quantity}::integer >= ${people}::integer)`,
    );
  }
  if (near !== undefined) {
    const boxes = boxesAround(placeOf(near), query.withinKm ?? withinKmUnsaid).map(
      ({ west, south, east, north }) => sql`s.location <@ ${`(${east},${north}),(${west},${south})`}::box`,
    );
    conditions.push(sql`(${sql.join(boxes, sql` or `)})`);
  }
  return conditions;
}

function attributesOf({ attributes }: SearchQuery): readonly string[] {
  return typeof attributes === "string" ? [attributes] : (attributes ?? []);
}

/** What a query calls `floor:3` may be the number 3 or the text "3"; likewise `true` and `false`. */
function holdsAttribute(attribute: string): RawBuilder<unknown> {
  const colon = attribute.indexOf(":");
  const [name, text] = [attribute.slice(0, colon), attribute.slice(colon + 1)];
  const values: (string | number | boolean)[] = [text];
  if (text === "true" || text === "false") values.push(text === "true");
  if (/^-?\d+(\.\d+)?$/.test(text) && String(Number(text)) === text) values.push(Number(text));
  const held = values.map((value) => sql`s.attributes @> ${JSON.stringify({ [name]: value })}::jsonb`);
  return sql`(${sql.join(held, sql` or `)})`;
}
