-- What a charge needs for the books. Rows of the version before this one learn whose they are from the booking's next event.
alter table payments
  add column vendor_id text collate "C",
  add column total_minor bigint check (total_minor >= 0),
  add column tax_minor bigint check (tax_minor between 0 and total_minor),
  add column fee_minor bigint check (fee_minor >= 0),
  add column fee_currency text check ((fee_currency is null) = (fee_minor is null));

-- The double-entry ledger: transactions, each with entries that add up to nothing in every currency. Positive is debit.
create table ledger_transactions (
  id text collate "C" primary key,
  kind text not null check (kind ~ '^[a-z]+(-[a-z]+)*$'),
  -- What made it so, named within the kind: whatever is posted again for the same cause is posted already.
  cause text collate "C" not null,
  booking_id text collate "C",
  vendor_id text collate "C",
  booked_on date not null,
  at timestamptz not null,
  constraint ledger_cause_posted_once unique (cause, kind)
);

create index ledger_transactions_of_booking on ledger_transactions (booking_id, id) where booking_id is not null;
create index ledger_transactions_of_vendor on ledger_transactions (vendor_id, id) where vendor_id is not null;
create index ledger_transactions_of_day on ledger_transactions (booked_on, id);

create table ledger_entries (
  transaction_id text collate "C" not null,
  position smallint not null check (position >= 1),
  account text not null check (
    account in ('stripe', 'on-arrival', 'guest', 'refunds', 'vendor-payable', 'tax', 'platform-fee', 'stripe-fee',
      'disputed', 'write-off')
  ),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  amount_minor bigint not null check (amount_minor <> 0),
  primary key (transaction_id, position)
);

-- Days on which nothing may be posted any more, in their order and without a gap.
create table ledger_closed_days (
  day date primary key,
  closed_at timestamptz not null default now()
);

create function ledger_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'the ledger is append-only' using errcode = 'integrity_constraint_violation';
end
$$;

create trigger ledger_transactions_append_only before update or delete or truncate on ledger_transactions
  for each statement execute function ledger_is_append_only();
create trigger ledger_entries_append_only before update or delete or truncate on ledger_entries
  for each statement execute function ledger_is_append_only();
create trigger ledger_closed_days_append_only before update or delete or truncate on ledger_closed_days
  for each statement execute function ledger_is_append_only();

-- Checked once a statement instead of once a row: what every statement adds is balanced by itself, so everything is, at
-- any moment. Nothing is ever deleted, so that an entry's transaction exists needs no foreign key, which would read and
-- lock a row for each entry.
create function ledger_entries_are_sound() returns trigger language plpgsql as $$
declare
  wrong text;
begin
  select transaction_id into wrong from added
    group by transaction_id, currency having sum(amount_minor) <> 0 limit 1;
  if found then
    raise exception 'the entries of % do not balance', wrong
      using errcode = 'check_violation', constraint = 'ledger_entries_balance';
  end if;
  -- Whoever closes a day waits for this transaction, and whoever posts meanwhile sees the day closed.
  lock table ledger_closed_days in row share mode;
  select transaction_id into wrong from added
    where not exists (
      select from ledger_transactions t where t.id = transaction_id
        and t.booked_on > coalesce((select max(day) from ledger_closed_days), '-infinity')
    ) limit 1;
  if found then
    raise exception 'the entries of % belong to no transaction of an open day', wrong
      using errcode = 'check_violation', constraint = 'ledger_entries_in_open_day';
  end if;
  return null;
end
$$;

create trigger ledger_entries_are_sound after insert on ledger_entries
  referencing new table as added for each statement execute function ledger_entries_are_sound();

-- A transaction comes into being with its entries, by one statement.
create function ledger_transactions_have_entries() returns trigger language plpgsql as $$
declare
  wrong text;
begin
  select id into wrong from added
    where not exists (select from ledger_entries e where e.transaction_id = added.id) limit 1;
  if found then
    raise exception '% has no entries', wrong
      using errcode = 'check_violation', constraint = 'ledger_transactions_have_entries';
  end if;
  return null;
end
$$;

create trigger ledger_transactions_have_entries after insert on ledger_transactions
  referencing new table as added for each statement execute function ledger_transactions_have_entries();

create function ledger_days_close_in_order() returns trigger language plpgsql as $$
declare
  last_day date;
begin
  lock table ledger_closed_days in exclusive mode;
  select max(day) into last_day from ledger_closed_days;
  if new.day <> last_day + 1 then
    raise exception 'the day after % is to be closed next, not %', last_day, new.day
      using errcode = 'check_violation', constraint = 'ledger_days_close_in_order';
  end if;
  return new;
end
$$;

create trigger ledger_days_close_in_order before insert on ledger_closed_days
  for each row execute function ledger_days_close_in_order();
