create table users (
    id            text collate "C" primary key,
    email         text not null check (email = lower(email)),
    name          text not null,
    roles         text[] not null check (cardinality(roles) > 0),
    password_hash text not null,
    created_at    timestamptz not null,
    constraint users_email_unique unique (email)
);

create table sessions (
    id              text collate "C" primary key,
    user_id         text collate "C" not null references users (id) on delete cascade,
    created_at      timestamptz not null,
    expires_at      timestamptz not null,
    idle_expires_at timestamptz not null,
    ended_at        timestamptz,
    check (idle_expires_at <= expires_at)
);

create index sessions_of_user on sessions (user_id);
-- The sweep deletes by these two.
create index sessions_by_expiry on sessions (idle_expires_at);
create index sessions_ended on sessions (ended_at) where ended_at is not null;

create table refresh_tokens (
    hash           bytea primary key check (octet_length(hash) = 32),
    session_id     text collate "C" not null references sessions (id) on delete cascade,
    used_at        timestamptz,
    successor_salt bytea,
    check (successor_salt is null or used_at is not null)
);

-- A family has one tip: rotating twice from one token is refused by the database, whatever the code does.
create unique index refresh_tokens_tip on refresh_tokens (session_id) where used_at is null;
create index refresh_tokens_of_session on refresh_tokens (session_id);
-- The sweep erases these.
create index refresh_tokens_salted on refresh_tokens (used_at) where successor_salt is not null;

create table signing_keys (
    kid                text primary key,
    public_jwk         json not null,
    private_key_sealed bytea not null,
    created_at         timestamptz not null
);
