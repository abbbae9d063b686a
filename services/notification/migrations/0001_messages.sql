-- Messages to people: written with the event that causes them, sent afterwards.

create table messages (
  message_id text collate "C" primary key,
  user_id text collate "C" not null,
  template text collate "C" not null,
  booking_id text collate "C" not null,
  booking_version integer not null,
  -- The facts of the event it tells of.
  data json not null,
  traceparent text,
  status text not null default 'waiting' check (status in ('waiting', 'sent', 'failed')),
  attempts integer not null default 0 check (attempts >= 0),
  next_attempt_at timestamptz not null default now(),
  created_at timestamptz not null,
  sent_at timestamptz,
  error text,
  check ((status = 'sent') = (sent_at is not null)),
  -- Whatever arrives, and however often: one message for one step of a booking.
  constraint messages_written_once unique (booking_id, template, booking_version)
);
create index messages_due on messages (next_attempt_at) where status = 'waiting';
create index messages_of_user on messages (user_id, message_id desc);
