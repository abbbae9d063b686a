-- What guests dispute at their banks, as Stripe tells of it. A dispute names an intent and no booking of ours, so a row is
-- begun with Stripe's id alone and filled in by what is read there.
create table disputes (
  id text collate "C" primary key,
  provider_id text collate "C" not null unique,
  -- Of a charge that is not ours, or not known yet, nothing.
  payment_id text collate "C",
  booking_id text collate "C",
  charge integer,
  vendor_id text collate "C",
  state text not null check (state in ('unread', 'open', 'won', 'lost', 'closed')),
  provider_status text,
  reason text,
  amount_minor bigint not null default 0 check (amount_minor >= 0),
  currency text,
  refundable boolean not null default false,
  answer_due_by timestamptz,
  opened_at timestamptz,
  closed_at timestamptz,
  -- What Stripe has taken for it and not brought back, and what it costs.
  withdrawn_minor bigint not null default 0,
  fee_minor bigint not null default 0,
  fee_currency text,
  -- What of that is booked as lost, how often that was decided, and how much of it the guest was given back from what we had.
  lost_minor bigint not null default 0 check (lost_minor >= 0),
  losses integer not null default 0 check (losses >= 0),
  charged_back_minor bigint not null default 0 check (charged_back_minor between 0 and lost_minor),
  -- What a vendor who has gone will never give back of it.
  written_off_minor bigint check (written_off_minor >= 0),
  version integer not null check (version >= 0),
  traceparent text,
  looks integer not null,
  call json,
  calls integer not null,
  failures integer not null,
  next_attempt_at timestamptz,
  parked_reason text,
  created_at timestamptz not null,
  updated_at timestamptz not null default now(),
  constraint disputes_of_a_charge_or_none check (num_nulls(payment_id, booking_id, charge) in (0, 3)),
  constraint disputes_closed_in_the_end check ((closed_at is null) = (state in ('unread', 'open')))
);

create index disputes_due on disputes (next_attempt_at) where next_attempt_at is not null;
create index disputes_of_booking on disputes (booking_id) where booking_id is not null;
create index disputes_of_vendor on disputes (vendor_id, id) where vendor_id is not null;
create index disputes_open on disputes (id) where state = 'open';
-- Losses that their vendors have yet to bear.
create index disputes_to_write_off on disputes (closed_at) where state = 'lost' and written_off_minor is null;

alter table payments
  add column disputed boolean not null default false,
  add column charged_back_minor bigint not null default 0 check (charged_back_minor between 0 and captured_minor);
