-- A booking may take several resources, wait for approval, be moved, checked in, and end in more than one way.

alter table bookings
  add column people integer not null default 1 check (people > 0),
  -- Further resources taken with it, each with its own calendar, time and quantity.
  add column also json not null default '[]',
  add column extras json not null default '[]',
  add column policies json not null
    default '{"noShow":{"afterMinutes":15,"refundPercent":0},"depositPercent":100,"approval":null}',
  add column series_id text collate "C",
  add column promotion_id text collate "C",
  -- A move that waits for its difference to be paid.
  add column change json,
  -- How many charges payment was asked for: the booking itself, and one a dearer move.
  add column charges integer not null default 1 check (charges > 0),
  drop constraint bookings_status_check,
  add constraint bookings_status_check check (status in
    ('held', 'awaiting-approval', 'confirmed', 'checked-in', 'completed', 'no-show', 'declined', 'expired', 'cancelled')),
  drop constraint bookings_saga_step_check,
  add constraint bookings_saga_step_check check (saga_step in
    ('pay', 'approve', 'capture', 'change', 'give-back', 'stay', 'done'));
create index bookings_of_vendor on bookings (vendor_id, booking_id desc);
create index bookings_of_resource on bookings (resource_id, booking_id desc);
create index bookings_of_series on bookings (series_id, booking_id) where series_id is not null;

-- Time is taken by a booking, of one calendar or several, or by a block.
alter table allocations
  drop constraint allocations_pkey,
  alter column booking_id drop not null,
  add column block_id text collate "C",
  add constraint allocations_have_one_owner check (num_nonnulls(booking_id, block_id) = 1);
create index allocations_of_booking on allocations (booking_id);
create index allocations_of_block on allocations (block_id) where block_id is not null;

-- Vendors as catalog tells of them. One that is unknown here takes bookings: its resources were published.
create table vendors (
  vendor_id text collate "C" primary key,
  version integer not null,
  takes_bookings boolean not null
);
-- Who may act for a vendor; a removal is kept, so that an older message cannot undo it.
create table vendor_members (
  vendor_id text collate "C" not null,
  user_id text collate "C" not null,
  role text check (role in ('owner', 'manager', 'staff')),
  version integer not null,
  primary key (vendor_id, user_id)
);
create index vendor_members_of_user on vendor_members (user_id);
alter table resources add column vendor_suspended boolean not null default false;
create index resources_of_vendor on resources (vendor_id);

create table promotions (
  promotion_id text collate "C" primary key,
  vendor_id text collate "C" not null,
  version integer not null,
  -- Null where its end arrived first.
  code text,
  terms json,
  ended boolean not null,
  uses integer not null default 0 check (uses >= 0)
);
create index promotions_by_code on promotions (vendor_id, code);
-- One row a booking that a code was used for; given back when the booking comes to nothing.
create table promotion_uses (
  booking_id text collate "C" primary key references bookings,
  promotion_id text collate "C" not null references promotions,
  customer_id text collate "C" not null
);
create index promotion_uses_of_customer on promotion_uses (promotion_id, customer_id);

-- What a quote was made of, whole: the price can be made again from it.
alter table quotes
  add column asked json not null default '{}',
  add column basis json not null default '{}',
  add column policies json not null
    default '{"noShow":{"afterMinutes":15,"refundPercent":0},"depositPercent":100,"approval":null}',
  add column promotion_id text collate "C";
