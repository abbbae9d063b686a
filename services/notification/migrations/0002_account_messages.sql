-- Messages about accounts. They tell of no booking: what they say, and where they go, is asked of auth by a ticket in the
-- moment they are sent, and kept nowhere. Somebody who has just registered is no user yet.
alter table messages
  alter column user_id drop not null,
  alter column booking_id drop not null,
  alter column booking_version drop not null,
  alter column data drop not null,
  add column ticket_id text collate "C",
  -- Whatever arrives, and however often: one message for one ticket.
  add constraint messages_written_once_a_ticket unique (ticket_id),
  add constraint messages_about_one_thing check (
    (ticket_id is null) = (booking_id is not null)
    and (booking_id is null) = (booking_version is null)
    and (booking_id is null) = (data is null)
    and (user_id is not null or ticket_id is not null)
  );
