-- What search finds resources by: one row a resource that was published, written with the resource itself.

create table resource_search (
  resource_id text collate "C" primary key references resources,
  calendar_id integer not null references calendars,
  -- The version it was made from; a resource whose version differs is written again.
  version integer not null,
  vendor_id text collate "C" not null,
  kind text collate "C" not null,
  words tsvector not null,
  attributes jsonb not null,
  -- Longitude and latitude in degrees.
  location point,
  price_minor bigint not null,
  currency text collate "C" not null,
  capacity integer not null,
  people_per_unit integer,
  -- What is shown of it: a search that asks for no time reads nothing else.
  shown json not null
);
create index resource_search_of_vendor on resource_search (vendor_id, resource_id);
create index resource_search_of_kind on resource_search (kind, resource_id);
create index resource_search_by_price on resource_search (currency, price_minor, resource_id);
create index resource_search_by_words on resource_search using gin (words);
create index resource_search_by_attributes on resource_search using gin (attributes jsonb_path_ops);
create index resource_search_by_location on resource_search using gist (location);

-- Kilometres between two places on a sphere of Earth's mean radius (haversine): right to half a percent.
-- Not strict: what is would be called, where this becomes a part of the query.
create function distance_km(a point, b point) returns double precision
  language sql immutable parallel safe
  return 12742.0176 * asin(sqrt(least(1,
    power(sin(radians(b[1] - a[1]) / 2), 2)
    + cos(radians(a[1])) * cos(radians(b[1])) * power(sin(radians(b[0] - a[0]) / 2), 2))));
