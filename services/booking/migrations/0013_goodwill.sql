-- What payment has given back on top of what the booking's terms say: so much less is kept than the booking asks for.
alter table bookings add column goodwill_minor bigint not null default 0 check (goodwill_minor >= 0);
