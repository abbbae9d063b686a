-- One payment a booking. A row is found by its booking, also from Stripe's webhooks (the intent's metadata names it),
-- so the intent's id needs no index: every index here is written four times a booking.
create table payments (
  booking_id text collate "C" primary key,
  id text collate "C" not null,
  customer_id text collate "C" not null,
  amount_minor bigint not null check (amount_minor >= 0),
  currency text not null,
  payment_method text,
  booking_version integer not null check (booking_version >= 1),
  asked text not null check (asked in ('authorise', 'expire', 'capture', 'settle')),
  target_minor bigint check (target_minor between 0 and amount_minor),
  status text not null check (
    status in ('requested', 'action-required', 'authorised', 'captured', 'declined', 'voided', 'refunded')
  ),
  intent_id text,
  intent_state text check (intent_state in ('open', 'authorised', 'captured', 'cancelled')),
  client_secret text,
  authorised_minor bigint not null check (authorised_minor <= amount_minor),
  captured_minor bigint not null check (captured_minor <= authorised_minor),
  refunded_minor bigint not null check (refunded_minor between 0 and captured_minor),
  reason text,
  version integer not null check (version >= 0),
  call json,
  calls integer not null,
  failures integer not null,
  looks integer not null,
  next_attempt_at timestamptz,
  parked_reason text,
  traceparent text,
  created_at timestamptz not null,
  updated_at timestamptz not null default now()
) with (fillfactor = 70);

-- What is due: calls begun and not answered, and guests who have yet to pay.
create index payments_due on payments (next_attempt_at) where next_attempt_at is not null;

-- What waits for a person.
create index payments_parked on payments (updated_at) where parked_reason is not null;

create table refunds (
  id text collate "C" primary key,
  booking_id text collate "C" not null references payments (booking_id),
  amount_minor bigint not null check (amount_minor > 0),
  created_at timestamptz not null default now()
);

create index refunds_of_booking on refunds (booking_id);

-- Stripe's events as they came; the id is Stripe's, so one delivered twice is stored once.
create table stripe_events (
  id text collate "C" primary key,
  type text not null,
  booking_id text collate "C",
  intent_id text,
  payload json not null,
  outcome text,
  received_at timestamptz not null default now(),
  processed_at timestamptz
);

create index stripe_events_waiting on stripe_events (received_at) where processed_at is null;
create index stripe_events_processed on stripe_events (processed_at) where processed_at is not null;
