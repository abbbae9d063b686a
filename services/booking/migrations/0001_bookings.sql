-- The calendar of every resource, the bookings on it, and their sagas.

-- What catalog published, whole: quoting and booking need nothing from catalog while it is down.
create table resources (
  resource_id text collate "C" primary key,
  vendor_id text not null,
  version integer not null,
  bookable boolean not null,
  snapshot json not null
);

-- One narrow row a resource, locked first by whoever changes its allocations. `version` grows with each change,
-- so a listing cached under it is never stale. Half-empty pages keep its updates in place (HOT).
create table calendars (
  calendar_id integer generated always as identity primary key,
  resource_id text collate "C" not null unique references resources,
  version bigint not null default 1
) with (fillfactor = 50);

create table bookings (
  booking_id text collate "C" primary key,
  calendar_id integer not null references calendars,
  resource_id text collate "C" not null,
  customer_id text collate "C" not null,
  vendor_id text collate "C" not null,
  resource_title text not null,
  vendor_name text not null,
  zone text not null,
  status text not null check (status in ('held', 'confirmed', 'declined', 'expired', 'cancelled')),
  reason text,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  -- From starts_at to ends_at with the resource's buffers: what is taken from the calendar.
  during tstzrange not null,
  quantity integer not null check (quantity > 0),
  lines json not null,
  total_minor bigint not null check (total_minor >= 0),
  currency text not null,
  cancellation json not null,
  payment_method text,
  hold_expires_at timestamptz not null,
  -- What payment is to have kept in the end: the total, or less after a cancellation.
  keep_minor bigint not null check (keep_minor between 0 and total_minor),
  saga_step text not null check (saga_step in ('pay', 'capture', 'give-back', 'done')),
  step_deadline_at timestamptz,
  parked_at timestamptz,
  parked_reason text,
  version integer not null,
  created_at timestamptz not null,
  traceparent text,
  check (starts_at < ends_at),
  check ((saga_step = 'done') = (step_deadline_at is null))
);
create index bookings_of_customer on bookings (customer_id, booking_id desc);
create index bookings_due on bookings (saga_step, step_deadline_at) where step_deadline_at is not null;
create index bookings_parked on bookings (booking_id) where parked_at is not null;

-- Every unit of time that cannot be booked by anyone else. Released rows are deleted: the index holds the future only.
create table allocations (
  booking_id text collate "C" not null references bookings,
  unit integer not null check (unit > 0),
  calendar_id integer not null references calendars,
  during tstzrange not null check (not isempty(during) and not lower_inf(during) and not upper_inf(during)),
  primary key (booking_id, unit),
  constraint allocations_never_overlap
    exclude using gist (calendar_id with =, unit with =, during with &&)
);

-- Never updated: what happened, when, and by whom.
create table timeline (
  booking_id text collate "C" not null references bookings,
  version integer not null,
  at timestamptz not null,
  what text not null,
  by text not null,
  detail json not null,
  primary key (booking_id, version)
);
create function refuse_change() returns trigger language plpgsql as
  $$ begin raise exception 'the timeline is append-only'; end $$;
create trigger timeline_append_only before update or delete or truncate on timeline
  for each statement execute function refuse_change();

create table quotes (
  quote_id text collate "C" primary key,
  customer_id text collate "C" not null,
  resource_id text collate "C" not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  quantity integer not null,
  lines json not null,
  total_minor bigint not null,
  currency text not null,
  cancellation json not null,
  expires_at timestamptz not null
);
create index quotes_expiry on quotes (expires_at);
