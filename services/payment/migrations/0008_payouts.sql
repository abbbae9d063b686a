-- A vendor's account with the provider, one a vendor.
create table payout_accounts (
  vendor_id text collate "C" primary key,
  country text not null check (country ~ '^[A-Z]{2}$'),
  account_id text collate "C" unique,
  currency text,
  state text not null check (state in ('pending', 'restricted', 'enabled')),
  missing text[] not null,
  reason text,
  version integer not null check (version >= 0),
  looks integer not null,
  call json,
  calls integer not null,
  failures integer not null,
  next_attempt_at timestamptz,
  parked_reason text,
  created_at timestamptz not null,
  updated_at timestamptz not null default now(),
  constraint payout_accounts_enabled_exist check (state <> 'enabled' or account_id is not null)
);

create index payout_accounts_due on payout_accounts (next_attempt_at) where next_attempt_at is not null;
