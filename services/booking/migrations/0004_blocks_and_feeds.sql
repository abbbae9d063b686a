-- Time taken by the vendor itself: blocks, set by hand or read from the calendars it keeps elsewhere.

-- A calendar kept elsewhere, whose busy times are taken here too. Its times are the machine's: what others write moves
-- on with the real world, whatever a test clock says.
create table feeds (
  feed_id text collate "C" primary key,
  calendar_id integer not null references calendars,
  url text not null,
  stale_after_minutes integer not null check (stale_after_minutes > 0),
  when_stale text not null check (when_stale in ('keep', 'close')),
  -- Grows when a person changes it: what was being fetched under the old one is then thrown away.
  version integer not null default 1,
  -- When it is fetched next.
  due_at timestamptz not null,
  -- Fetches that failed since the last that did not.
  failures integer not null default 0,
  synced_at timestamptz,
  last_error text,
  -- Broken events that were passed over.
  skipped integer not null default 0,
  -- Busy times for which no unit was free.
  conflicts json not null default '[]',
  -- What asks the other side for changes only; only of use while the rest of what was read stands.
  etag text,
  last_modified text,
  read_at timestamptz,
  read_resource_version integer,
  created_at timestamptz not null
);
create index feeds_due on feeds (due_at);
create index feeds_of_calendar on feeds (calendar_id, feed_id);

create table blocks (
  block_id text collate "C" primary key,
  calendar_id integer not null references calendars,
  -- Null for one set by a person. Without its feed it is gone.
  feed_id text collate "C" references feeds on delete cascade,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  -- Null: all units, also those that the resource is given later.
  quantity integer check (quantity > 0),
  reason text not null,
  created_by text,
  created_at timestamptz not null,
  check (starts_at < ends_at)
);
create index blocks_of_calendar on blocks (calendar_id, block_id desc);
create index blocks_of_feed on blocks (feed_id, ends_at) where feed_id is not null;
create index blocks_past on blocks (ends_at);

-- Deleting a block frees its time. Bookings' rows have no block, so this costs them no look-up.
alter table allocations
  add constraint allocations_block_id_fkey foreign key (block_id) references blocks on delete cascade;

-- From then on the calendar takes no bookings, until a feed that closes it when stale was read again; null: never.
alter table calendars add column stale_at timestamptz;

-- The address under which anybody who has it reads a calendar's busy times; only its hash is kept.
create table calendar_links (
  calendar_id integer primary key references calendars,
  token_hash text collate "C" not null unique,
  -- Are times that came from feeds told too?
  with_feeds boolean not null,
  created_by text not null,
  created_at timestamptz not null
);
