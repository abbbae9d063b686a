-- When a vendor is sent what it is owed; vendors without a row have the platform's own.
create table payout_schedules (
  vendor_id text collate "C" primary key,
  interval text not null check (interval in ('daily', 'weekly', 'monthly')),
  weekday smallint check (weekday between 1 and 7),
  day smallint check (day between 1 and 31),
  hold_days smallint not null check (hold_days >= 0),
  constraint payout_schedules_say_the_day check (
    (weekday is not null) = (interval = 'weekly') and (day is not null) = (interval = 'monthly')
  )
);

-- Business time from which the next transfer is made.
alter table payout_accounts add column next_payout_at timestamptz not null default now();
create index payout_accounts_to_pay on payout_accounts (next_payout_at) where state = 'enabled';

-- Money sent to vendors' accounts, and taken back from there. A transfer takes items of the vendor's, and sends their sum.
create table transfers (
  id text collate "C" primary key,
  kind text not null check (kind in ('transfer', 'reversal')),
  vendor_id text collate "C" not null,
  account_id text not null,
  currency text not null,
  amount_minor bigint not null check (amount_minor > 0),
  payable_minor bigint not null,
  tax_minor bigint not null,
  -- Of a reversal: what it takes back, and for which booking.
  reverses text collate "C" references transfers (id),
  reverses_at_provider text,
  booking_id text collate "C",
  state text not null check (state in ('planned', 'sent', 'refused')),
  provider_id text unique,
  reason text,
  -- Of a transfer: what was taken back, and what is being taken back.
  reversed_minor bigint not null default 0 check (reversed_minor >= 0),
  reversing_minor bigint not null default 0 check (reversing_minor >= 0),
  version integer not null default 0,
  call json,
  calls integer not null,
  failures integer not null,
  next_attempt_at timestamptz,
  parked_reason text,
  -- Business time.
  created_at timestamptz not null,
  sent_at timestamptz,
  updated_at timestamptz not null default now(),
  constraint transfers_have_two_parts check (amount_minor = payable_minor + tax_minor),
  constraint transfers_take_back_no_more check (reversed_minor + reversing_minor <= amount_minor),
  constraint transfers_reverse_one check (
    (kind = 'reversal') = (reverses is not null and reverses_at_provider is not null and booking_id is not null)
  ),
  constraint transfers_sent_are_known check ((state = 'sent') = (provider_id is not null))
);

create index transfers_of_vendor on transfers (vendor_id, id);
create index transfers_due on transfers (next_attempt_at) where next_attempt_at is not null;
create index transfers_parked on transfers (updated_at) where parked_reason is not null;
-- One transfer at a time for each vendor and currency: nothing is sent while it is not known what was.
create unique index transfers_one_planned on transfers (vendor_id, currency) where state = 'planned' and kind = 'transfer';

-- What the provider refused to send, until it does: the items are the vendor's again, and it is tried ever more seldom.
create table parked_payouts (
  vendor_id text collate "C" not null,
  currency text not null,
  transfer_id text collate "C" not null,
  reason text not null,
  refusals integer not null check (refusals >= 1),
  since timestamptz not null,
  retry_at timestamptz not null,
  primary key (vendor_id, currency)
);
create index parked_payouts_to_retry on parked_payouts (retry_at);

-- Whether it was decided if what is owed back is to be taken from a transfer that was sent.
alter table vendor_items add column took_back boolean not null default false;
create index vendor_items_to_take_back on vendor_items (vendor_id)
  where amount_minor < 0 and transfer_id is null and not took_back;
