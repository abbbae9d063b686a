-- Of charge 1: the booking took place.
alter table payments add column completed boolean not null default false;

-- What the platform keeps of a vendor's bookings, from when on; `platform` is what counts for all others. Nothing is ever
-- changed: a booking bears the rate of when it was held.
create table commissions (
  vendor_id text collate "C" not null,
  since timestamptz not null,
  -- Null: as the platform's, from here on.
  basis_points integer check (basis_points between 0 and 10000),
  primary key (vendor_id, since),
  check (vendor_id <> 'platform' or basis_points is not null)
);

create trigger commissions_append_only before update or delete or truncate on commissions
  for each statement execute function ledger_is_append_only();

-- One row for each booking that is over and of which something was taken: what it was settled at in all, so that what
-- comes later is posted by its difference.
create table settlements (
  booking_id text collate "C" primary key,
  vendor_id text collate "C",
  currency text not null,
  -- Business time at which it was over.
  over_since timestamptz not null,
  -- Its money stands otherwise than it was settled at.
  due boolean not null,
  settled_at timestamptz,
  -- How often it was posted; names the causes.
  times integer not null default 0 check (times >= 0),
  commission_basis_points integer check (commission_basis_points between 0 and 10000),
  captured_minor bigint not null default 0 check (captured_minor >= 0),
  refunded_minor bigint not null default 0 check (refunded_minor between 0 and captured_minor),
  tax_minor bigint not null default 0 check (tax_minor >= 0),
  commission_minor bigint not null default 0 check (commission_minor >= 0),
  payable_minor bigint not null default 0 check (payable_minor >= 0),
  -- What of the kept the vendor has had in hand from the guest, and was charged with.
  on_arrival_minor bigint not null default 0,
  constraint settlements_lose_nothing
    check (captured_minor - refunded_minor = tax_minor + commission_minor + payable_minor)
);

create index settlements_due on settlements (over_since) where due;
create index settlements_open on settlements (over_since) where settled_at is null;

-- What a vendor is to be sent, or owes: one item for each transaction that changed it. Items not yet transferred add up to
-- what the accounts vendor-payable and tax hold for the vendor.
create table vendor_items (
  transaction_id text collate "C" primary key,
  kind text not null,
  vendor_id text collate "C" not null,
  booking_id text collate "C",
  currency text not null,
  payable_minor bigint not null,
  tax_minor bigint not null,
  amount_minor bigint not null generated always as (payable_minor + tax_minor) stored,
  -- Business time.
  available_at timestamptz not null,
  frozen boolean not null default false,
  transfer_id text collate "C"
);

create index vendor_items_to_transfer on vendor_items (vendor_id, currency, available_at) where transfer_id is null;
create index vendor_items_of_booking on vendor_items (booking_id) where booking_id is not null;
create index vendor_items_of_transfer on vendor_items (transfer_id) where transfer_id is not null;
