-- Money that a vendor's people, or an administrator, gave back beyond what booking asked for, with who and why.
create table refund_orders (
  id text collate "C" primary key,
  booking_id text collate "C" not null,
  vendor_id text collate "C" not null,
  amount_minor bigint not null check (amount_minor > 0),
  currency text not null,
  reason text not null,
  ordered_by text collate "C" not null,
  -- Business time.
  ordered_at timestamptz not null
);

create index refund_orders_of_booking on refund_orders (booking_id);
create index refund_orders_by on refund_orders (ordered_by);

-- What was given back of the charge on top of what booking asked for.
alter table payments add column goodwill_minor bigint not null default 0 check (goodwill_minor >= 0);
