-- Guests as the provider knows them: made for whoever wants what they pay by to be kept, one a guest.
create table customers (
  user_id text collate "C" primary key,
  -- Null until it is made, and once it is gone there.
  provider_id text unique,
  -- The person is gone: what the provider keeps of them is deleted, and no other is made.
  erased boolean not null default false,
  -- Why the provider made none.
  reason text,
  call json,
  calls integer not null,
  failures integer not null,
  next_attempt_at timestamptz,
  parked_reason text,
  created_at timestamptz not null,
  updated_at timestamptz not null default now()
);
create index customers_due on customers (next_attempt_at) where next_attempt_at is not null;
create index customers_parked on customers (updated_at) where parked_reason is not null;

-- Those that were made along with a deposit's charge.
insert into customers (user_id, provider_id, calls, failures, created_at)
select distinct on (customer_id) customer_id, stripe_customer_id, 1, 0, created_at
from payments where stripe_customer_id is not null
order by customer_id, created_at
on conflict do nothing;

-- Methods that guests had taken away: not shown any more, and detached at the provider.
create table removed_methods (
  method_id text collate "C" primary key,
  user_id text collate "C" not null,
  call json,
  calls integer not null,
  failures integer not null,
  next_attempt_at timestamptz,
  parked_reason text,
  created_at timestamptz not null
);
create index removed_methods_of_user on removed_methods (user_id);
create index removed_methods_due on removed_methods (next_attempt_at) where next_attempt_at is not null;
create index removed_methods_parked on removed_methods (created_at) where parked_reason is not null;
