-- An answer with a secret in it, sealed under what only the client knows: its key, stored as a hash then, and its request.
alter table idempotency_keys add column sealed bytea;
