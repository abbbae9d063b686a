-- Accounts: an address is verified before there is an account, so `email` is verified wherever there is one.
alter table users
    alter column email drop not null,
    alter column password_hash drop not null,
    add column status text not null default 'active' check (status in ('active', 'suspended', 'closed')),
    add column status_changed_at timestamptz,
    -- Tokens issued before are refused: set when roles or status change.
    add column tokens_from timestamptz,
    add column version integer not null default 1,
    -- From the second sign-in on, one from a new device or place is told to the account's owner.
    add column has_signed_in boolean not null default false,
    -- Set when the person asked for it; address, name and password are gone from then on.
    add column erased_at timestamptz,
    add constraint users_email_unless_erased check ((email is null) = (erased_at is not null));

update users set has_signed_in = true;
-- Lists go by id, which starts with the time: by role, and the few that are not active.
create index users_by_role on users using gin (roles);
create index users_by_status on users (status, id desc) where status <> 'active';

-- Who registered and has not followed the link yet. Several may wait for one address; the first link followed wins.
create table registrations (
    id            text collate "C" primary key,
    email         text not null check (email = lower(email)),
    name          text not null,
    role          text not null,
    password_hash text not null,
    expires_at    timestamptz not null
);
create index registrations_by_expiry on registrations (expires_at);
create index registrations_of_email on registrations (email);

-- Mails about accounts. A link's token is derived from the ticket's id under the server's secret, so none is kept.
create table mail_tickets (
    id              text collate "C" primary key,
    mail            text not null,
    user_id         text collate "C" references users (id) on delete cascade,
    registration_id text collate "C" references registrations (id) on delete cascade,
    -- Where it goes, where that is not the account's address: the new or the former one of a change.
    email           text,
    facts           json not null default '{}',
    created_at      timestamptz not null,
    expires_at      timestamptz,
    used_at         timestamptz
);
create index mail_tickets_of_user on mail_tickets (user_id);
create index mail_tickets_of_registration on mail_tickets (registration_id) where registration_id is not null;
create index mail_tickets_by_creation on mail_tickets (created_at);
create index mail_tickets_by_expiry on mail_tickets (expires_at) where expires_at is not null;

create table identities (
    provider   text not null,
    subject    text not null,
    user_id    text collate "C" not null references users (id) on delete cascade,
    linked_at  timestamptz not null,
    primary key (provider, subject)
);
create unique index identities_of_user on identities (user_id, provider);

-- Sign-ins begun at a provider; deleted by the first answer that comes for them.
create table oauth_attempts (
    state_hash    bytea primary key check (octet_length(state_hash) = 32),
    provider      text not null,
    -- SHA-256 of the secret in the browser's cookie.
    browser_hash  bytea not null,
    nonce         text not null,
    code_verifier text not null,
    return_to     text not null,
    expires_at    timestamptz not null
);
create index oauth_attempts_by_expiry on oauth_attempts (expires_at);

create table second_factors (
    user_id       text collate "C" primary key references users (id) on delete cascade,
    secret_sealed bytea not null,
    confirmed_at  timestamptz,
    -- The last time step whose code was taken: a code works once.
    last_step     bigint not null default 0
);

create table recovery_codes (
    user_id text collate "C" not null references users (id) on delete cascade,
    hash    bytea not null,
    used_at timestamptz,
    primary key (user_id, hash)
);

-- Sign-ins that passed the first factor and wait for the second.
create table sign_in_challenges (
    id         text collate "C" primary key,
    user_id    text collate "C" not null references users (id) on delete cascade,
    method     text not null,
    tries_left integer not null check (tries_left >= 0),
    expires_at timestamptz not null
);
create index sign_in_challenges_by_expiry on sign_in_challenges (expires_at);
create index sign_in_challenges_of_user on sign_in_challenges (user_id);

alter table sessions
    add column method text not null default 'password',
    -- Kept as a readable name and a network, never as what was sent.
    add column device text not null default '',
    add column network text not null default '',
    add column country text,
    add column last_used_at timestamptz,
    -- When its owner last proved who they are.
    add column authenticated_at timestamptz,
    -- Sent along with what changes something, where the tokens are in cookies; null where they are not.
    add column csrf_token text,
    -- False once the tokens of a session that is over are deleted: the session itself is kept for longer.
    add column has_tokens boolean not null default true;
update sessions set last_used_at = created_at, authenticated_at = created_at;
create index sessions_of_user_by_use on sessions (user_id, last_used_at desc) where ended_at is null;
create index sessions_over on sessions (least(ended_at, idle_expires_at)) where has_tokens;

-- What must stop working before it expires: read by auth's publisher, kept for as long as a token lives.
create table revocations (
    id         text collate "C" primary key,
    -- `session`, `user` or `key`
    kind       text not null check (kind in ('session', 'user', 'key')),
    -- Tokens issued before this are refused; for a session and a key, all of them.
    revoked_at timestamptz not null
);
create index revocations_by_time on revocations (revoked_at);

alter table signing_keys
    add column signs_from timestamptz,
    add column published_until timestamptz;
update signing_keys set signs_from = created_at;
alter table signing_keys alter column signs_from set not null;

create table api_keys (
    id                   text collate "C" primary key,
    user_id              text collate "C" not null references users (id) on delete cascade,
    name                 text not null,
    prefix               text not null,
    hash                 bytea not null unique check (octet_length(hash) = 32),
    scopes               text[] not null check (cardinality(scopes) > 0),
    created_at           timestamptz not null,
    expires_at           timestamptz,
    last_used_at         timestamptz,
    revoked_at           timestamptz,
    -- The key before a rotation, while it still works.
    previous_hash        bytea unique check (octet_length(previous_hash) = 32),
    previous_works_until timestamptz
);
create index api_keys_of_user on api_keys (user_id) where revoked_at is null;

-- Who acts for which vendor, as catalog tells: it makes an account one of a vendor's. No role: removed, and kept so that
-- an older message cannot bring them back.
create table vendor_members (
    vendor_id text collate "C" not null,
    user_id   text collate "C" not null,
    role      text,
    -- The vendor's, when it was so.
    version   integer not null,
    primary key (vendor_id, user_id)
);
create index vendor_members_of_user on vendor_members (user_id) where role is not null;

create table audit_log (
    id         text collate "C" primary key,
    at         timestamptz not null,
    kind       text not null,
    service    text not null,
    action     text not null,
    outcome    text not null,
    actor      text,
    session_id text,
    key_id     text,
    targets    text[] not null,
    network    text,
    request_id text,
    times      integer not null check (times > 0),
    written_at timestamptz not null default now()
);
-- Ids start with the time: each index lists its own newest first.
create index audit_log_by_actor on audit_log (actor, id desc) where actor is not null;
create index audit_log_by_action on audit_log (action, id desc);
create index audit_log_by_outcome on audit_log (outcome, id desc);
create index audit_log_by_kind on audit_log (kind, id desc);

-- Append-only, whoever asks: an entry is never changed, and not deleted before its time.
create function audit_log_is_append_only() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and old.written_at < now() - interval '400 days' then
        return old;
    end if;
    raise exception 'the audit log is append-only' using errcode = 'integrity_constraint_violation';
end
$$;
create trigger audit_log_append_only before update or delete on audit_log
    for each row execute function audit_log_is_append_only();
create trigger audit_log_never_truncated before truncate on audit_log
    for each statement execute function audit_log_is_append_only();
