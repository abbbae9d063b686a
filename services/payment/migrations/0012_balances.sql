-- A balance is a charge that falls due later: it is taken without the guest, by what the booking was paid with.
alter table payments
  -- What a charge is paid by is kept with the guest's customer at Stripe, and what it was paid by in the end.
  add column save_method boolean not null default false,
  add column stripe_customer_id text,
  add column used_method text,
  -- When it is due and given up, and how often it was tried; null of every charge but a balance.
  add column collection json,
  -- Business time: the next attempt, or giving up.
  add column try_at timestamptz;
create index payments_to_collect on payments (try_at) where try_at is not null;
