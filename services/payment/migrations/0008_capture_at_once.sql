-- Whether the money is taken with the payment already, where the resource's terms want it so.
alter table payments add column capture_at_once boolean not null default false;
