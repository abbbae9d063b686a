-- A day's books, closed: how much moved on each account, what each then held, and a hash over all of it that goes on from
-- the day before. It is worked out once the day is in `ledger_closed_days`, after which nothing comes to it any more.
create table ledger_closes (
  day date primary key references ledger_closed_days (day),
  transactions bigint not null check (transactions >= 0),
  entries bigint not null check (entries >= 0),
  hash text not null check (hash ~ '^[0-9a-f]{64}$'),
  closed_at timestamptz not null default now()
);

create table ledger_close_totals (
  day date not null references ledger_closes (day),
  account text collate "C" not null,
  currency text collate "C" not null,
  debit_minor bigint not null check (debit_minor >= 0),
  credit_minor bigint not null check (credit_minor >= 0),
  -- At the end of the day, over all days.
  balance_minor bigint not null,
  primary key (day, account, currency)
);

create trigger ledger_closes_append_only before update or delete or truncate on ledger_closes
  for each statement execute function ledger_is_append_only();
create trigger ledger_close_totals_append_only before update or delete or truncate on ledger_close_totals
  for each statement execute function ledger_is_append_only();

-- Two replicas may close the same day: the second finds it closed, which is no failure. The first day of all is the first
-- that anything was posted on.
create or replace function ledger_days_close_in_order() returns trigger language plpgsql as $$
declare
  last_day date;
begin
  lock table ledger_closed_days in exclusive mode;
  select max(day) into last_day from ledger_closed_days;
  if exists (select from ledger_closed_days where day = new.day) then
    return new;
  end if;
  if new.day <> last_day + 1
    or (last_day is null and exists (select from ledger_transactions where booked_on < new.day)) then
    raise exception '% is not the next day to be closed, after %', new.day, last_day
      using errcode = 'check_violation', constraint = 'ledger_days_close_in_order';
  end if;
  return new;
end
$$;

-- For lists of what is rare; what is not is found soon by going back from the newest.
create index ledger_transactions_of_kind on ledger_transactions (kind, id)
  where kind not in ('capture', 'fee', 'refund', 'settlement');
create index ledger_entries_of_account on ledger_entries (account, transaction_id)
  where account not in ('stripe', 'stripe-fee', 'guest');
