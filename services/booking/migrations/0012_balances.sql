-- What of a booking is still to be paid: which charge, how much, when it is due, until when it may be paid late, and how
-- often it could not be taken. Null where that is nothing, as of all that was taken before there was a balance.
alter table bookings
  add column balance json,
  add column balance_reminds_at timestamptz;
-- Holds what is booked alone: what has ended is reminded of nothing.
create index bookings_to_remind on bookings (balance_reminds_at)
  where balance_reminds_at is not null and status = 'confirmed';
