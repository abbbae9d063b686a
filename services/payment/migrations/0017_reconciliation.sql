-- Runs of the reconciliation. One is worked on at a time, by whoever has its lease; where it is, is written with each page.
create table reconciliation_runs (
  id text collate "C" primary key,
  cause text not null check (cause in ('recent', 'wide', 'asked')),
  state text not null check (state in ('waiting', 'running', 'finished', 'failed')),
  since timestamptz not null,
  phase text not null,
  -- What the phase goes on after.
  cursor text,
  compared json not null,
  opened integer not null default 0,
  closed integer not null default 0,
  failures integer not null default 0,
  failure text,
  worker text,
  -- Until then it is the worker's; from then on anybody's.
  leased_until timestamptz not null default '-infinity',
  created_at timestamptz not null,
  finished_at timestamptz,
  constraint reconciliation_runs_finish check ((finished_at is not null) = (state in ('finished', 'failed')))
);
create index reconciliation_runs_open on reconciliation_runs (id) where state in ('waiting', 'running');
create index reconciliation_runs_of_cause on reconciliation_runs (cause, created_at);

-- Intents and transfers that a run has met at Stripe and found here: whatever of ours is not among them, it is asked about.
create table reconciliation_seen (
  run_id text collate "C" not null references reconciliation_runs (id) on delete cascade,
  subject text collate "C" not null,
  primary key (run_id, subject)
);

-- Where two sides differ. A suspected one is not shown: it may be over before its grace is.
create table discrepancies (
  id text collate "C" primary key,
  kind text not null,
  subject text collate "C" not null,
  booking_id text collate "C",
  state text not null check (state in ('suspected', 'open', 'closed')),
  action text not null check (action in ('repairing', 'waiting', 'parked', 'listed', 'repaired', 'gone')),
  ours json not null,
  theirs json not null,
  repairs integer not null default 0,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  checked_at timestamptz,
  closed_at timestamptz,
  -- The call by which an intent that nobody has a booking for is given back.
  call json,
  calls integer not null default 0,
  failures integer not null default 0,
  next_attempt_at timestamptz,
  parked_reason text,
  constraint discrepancies_close check ((closed_at is not null) = (state = 'closed'))
);
create unique index discrepancies_once on discrepancies (kind, subject) where state <> 'closed';
create index discrepancies_to_check on discrepancies (checked_at nulls first) where state <> 'closed';
create index discrepancies_of_state on discrepancies (state, id);
create index discrepancies_of_booking on discrepancies (booking_id, id) where booking_id is not null;
create index discrepancies_due on discrepancies (next_attempt_at) where next_attempt_at is not null;
