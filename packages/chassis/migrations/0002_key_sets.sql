-- The keys that access tokens are checked with, as auth published them last: for a start while auth is down.
create table key_sets (
    url        text primary key,
    jwks       json not null,
    fetched_at timestamptz not null
);
