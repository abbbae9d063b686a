-- A booking has numbered charges: 1 is the booking itself, each dearer move adds the next one. They are found and locked
-- together by their booking, so the key leads with it and no further index is needed.
-- The version before this one knows charge 1 alone: payment is upgraded everywhere before booking asks for a second charge.
alter table refunds drop constraint refunds_booking_id_fkey;
alter table payments drop constraint payments_pkey;

alter table payments
  add column charge integer not null default 1 check (charge >= 1),
  -- Of charge 1: how many there are, so that whoever waited for its lock sees that one was added meanwhile.
  add column charges integer not null default 1 check (charges >= 1);
alter table payments add primary key (booking_id, charge);

alter table refunds add column charge integer not null default 1;
alter table refunds add foreign key (booking_id, charge) references payments (booking_id, charge);
