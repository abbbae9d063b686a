-- What every service keeps in its own schema beside its business: what it has said (outbox), what it has heard (inbox),
-- what it could not do (dead_letters), what it has answered (idempotency_keys), and where its stream stands (stream_epochs).

-- The ledger of events. `envelope` is json, not jsonb: the very text that was stored is what is published.
-- Ids sort by time, so ageing and republishing walk the primary key and need no index of their own.
create table outbox (
    id           text collate "C" primary key,
    subject      text not null,
    envelope     json not null,
    created_at   timestamptz not null default now(),
    published_at timestamptz
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.1);

create index outbox_unpublished on outbox (id) where published_at is null;

-- One row for each event a consumer has taken into account; it commits with the effect, so a redelivery has none.
create table inbox (
    consumer    text collate "C" not null,
    event_id    text collate "C" not null,
    received_at timestamptz not null default now(),
    primary key (consumer, event_id)
);

create table dead_letters (
    id          text collate "C" primary key,
    consumer    text not null,
    event_id    text not null,
    event_type  text not null,
    envelope    json not null,
    kind        text not null check (kind in ('refused', 'exhausted')),
    error       text not null,
    deliveries  integer not null,
    created_at  timestamptz not null default now(),
    replayed_at timestamptz
);

create table idempotency_keys (
    caller       text collate "C" not null,
    key          text collate "C" not null,
    request_hash text not null,
    status       integer,
    body         json,
    headers      json,
    created_at   timestamptz not null default now(),
    primary key (caller, key)
);

create index idempotency_keys_age on idempotency_keys (created_at);

-- How the service remembers its stream: a stream that was created anew, or whose last sequence went back, has lost events.
-- republish_after: where the republishing of the ledger stands; null when there is nothing to republish.
create table stream_epochs (
    stream          text primary key,
    epoch           integer not null,
    created         text not null,
    last_seq        bigint not null,
    republish_after text collate "C"
);
