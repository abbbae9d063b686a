-- Money that moved, each time once: a document is to be issued for it, and then is. Whatever moves the money of a charge
-- leaves one here with it, by a trigger: the version before this one, which runs beside it for a while, knows nothing of
-- documents. The cause is named as the ledger names it.
create table document_causes (
  cause text collate "C" primary key,
  -- In the order they came: a charge's refunds after its capture.
  place bigint not null generated always as identity,
  kind text not null check (kind in ('capture', 'refund')),
  booking_id text collate "C" not null,
  charge integer not null,
  amount_minor bigint not null check (amount_minor > 0),
  at timestamptz not null default now(),
  -- Null once its document is issued. Whoever works on it has it for itself until then.
  next_attempt_at timestamptz default now(),
  attempts integer not null default 0,
  failures integer not null default 0,
  document_id text collate "C",
  constraint document_causes_issued_or_due check ((document_id is null) = (next_attempt_at is not null))
);

create index document_causes_due on document_causes (next_attempt_at) where next_attempt_at is not null;
create index document_causes_of_booking on document_causes (booking_id);

create function note_capture_for_document() returns trigger language plpgsql as $$
begin
  insert into document_causes (cause, kind, booking_id, charge, amount_minor)
    values (new.id || ':' || new.captured_minor, 'capture', new.booking_id, new.charge,
      new.captured_minor - case tg_op when 'UPDATE' then old.captured_minor else 0 end);
  return null;
end
$$;
create trigger payments_capture_noted after update on payments for each row
  when (new.captured_minor > old.captured_minor) execute function note_capture_for_document();
create trigger payments_captured_noted after insert on payments for each row
  when (new.captured_minor > 0) execute function note_capture_for_document();

create function note_refund_for_document() returns trigger language plpgsql as $$
begin
  insert into document_causes (cause, kind, booking_id, charge, amount_minor)
    values (new.id, 'refund', new.booking_id, new.charge, new.amount_minor);
  return null;
end
$$;
create trigger refunds_noted after insert on refunds for each row execute function note_refund_for_document();

insert into document_causes (cause, kind, booking_id, charge, amount_minor, at)
  select id || ':' || captured_minor, 'capture', booking_id, charge, captured_minor, updated_at
  from payments where captured_minor > 0 order by id;
insert into document_causes (cause, kind, booking_id, charge, amount_minor, at)
  select id, 'refund', booking_id, charge, amount_minor, created_at from refunds order by id;

-- What stands for a vendor in its numbers.
create table document_prefixes (
  vendor_id text collate "C" primary key,
  prefix text collate "C" not null unique
);

-- How far each series is. The row is locked by whoever issues until the numbers are committed with their documents, or
-- nobody has them.
create table document_series (
  vendor_id text collate "C" not null references document_prefixes,
  kind text not null,
  year integer not null,
  last_place integer not null check (last_place >= 1),
  last_issued_at timestamptz not null,
  primary key (vendor_id, kind, year)
);

create table documents (
  id text collate "C" primary key,
  kind text not null check (kind in ('invoice', 'credit-note')),
  vendor_id text collate "C" not null,
  year integer not null,
  place integer not null check (place >= 1),
  number text collate "C" not null unique,
  cause text collate "C" not null,
  booking_id text collate "C" not null,
  charge integer not null,
  customer_id text collate "C" not null,
  invoice_id text collate "C" references documents,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  total_minor bigint not null check (total_minor > 0),
  tax_minor bigint not null,
  content json not null,
  issued_at timestamptz not null,
  constraint documents_one_a_cause unique (cause),
  constraint documents_numbered_once unique (vendor_id, kind, year, place),
  constraint documents_correct_an_invoice check ((kind = 'credit-note') = (invoice_id is not null))
);

create unique index documents_one_invoice_a_charge on documents (booking_id, charge) where kind = 'invoice';
create index documents_of_booking on documents (booking_id, id);
create index documents_of_vendor on documents (vendor_id, issued_at desc, id desc);

create function documents_are_immutable() returns trigger language plpgsql as $$
begin
  raise exception 'an issued document never changes' using errcode = 'integrity_constraint_violation';
end
$$;
create trigger documents_immutable before update or delete or truncate on documents
  for each statement execute function documents_are_immutable();

-- With nothing ever deleted, each number having the one before it means that a series has no gap.
create function documents_have_no_gap() returns trigger language plpgsql as $$
declare
  wrong text;
begin
  select number into wrong from added
    where place > 1 and not exists (
      select from documents d where d.vendor_id = added.vendor_id and d.kind = added.kind and d.year = added.year
        and d.place = added.place - 1
    ) limit 1;
  if found then
    raise exception '% would leave a gap before it', wrong
      using errcode = 'check_violation', constraint = 'documents_have_no_gap';
  end if;
  return null;
end
$$;
create trigger documents_have_no_gap after insert on documents
  referencing new table as added for each statement execute function documents_have_no_gap();
