-- Who waits for a time that is taken. Changed only behind the lock of its calendar; how an offer ended is its booking's
-- status, and not kept here a second time.
create table waitlist (
  entry_id text collate "C" primary key,
  calendar_id integer not null references calendars,
  resource_id text collate "C" not null,
  customer_id text collate "C" not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  quantity integer not null check (quantity > 0),
  people integer not null check (people > 0),
  state text not null check (state in ('waiting', 'offered', 'left', 'lapsed')),
  booking_id text collate "C" unique references bookings,
  created_at timestamptz not null,
  check ((state = 'offered') = (booking_id is not null))
);
create unique index waitlist_one_place on waitlist (customer_id, resource_id, starts_at, ends_at, quantity, people)
  where state = 'waiting';
create index waitlist_in_line on waitlist (calendar_id, entry_id) where state = 'waiting';
create index waitlist_by_start on waitlist (starts_at) where state = 'waiting';
create index waitlist_of_customer on waitlist (customer_id, entry_id desc);
