-- A vendor comes from draft to verified in steps, has members with roles, and publishes promotion codes.
-- 'registered' stays allowed: the release before this one writes it for what is a draft since.
alter table vendors
  drop constraint vendors_status_check,
  add constraint vendors_status_check check (status in
    ('registered', 'draft', 'submitted', 'in-review', 'verified', 'rejected', 'suspended')),
  add column description text not null default '',
  add column contact_url text,
  -- Why it was rejected or suspended, while it is.
  add column reasons jsonb not null default '[]';
update vendors set status = 'draft' where status = 'registered';
create index vendors_by_status on vendors (status, id desc);
create index vendors_of_owner on vendors (owner_id, id desc);

-- Every step a vendor took: never changed, never deleted.
create table vendor_history (
  vendor_id text collate "C" not null references vendors (id),
  -- The vendor's version after it.
  version integer not null check (version > 0),
  at timestamptz not null,
  action text not null,
  from_status text,
  to_status text not null,
  by_user text collate "C" not null,
  reasons jsonb not null default '[]',
  documents jsonb not null default '[]',
  primary key (vendor_id, version)
);

create table vendor_members (
  vendor_id text collate "C" not null references vendors (id),
  user_id text collate "C" not null,
  role text not null check (role in ('owner', 'manager', 'staff')),
  added_at timestamptz not null,
  primary key (vendor_id, user_id)
);
create index vendor_members_of_user on vendor_members (user_id, vendor_id desc);
insert into vendor_members (vendor_id, user_id, role, added_at)
  select id, owner_id, 'owner', created_at from vendors;

-- A vendor's own list goes by status too.
create index resources_of_vendor_newest on resources (vendor_id, id desc);
drop index resources_of_vendor;

create table promotions (
  id text collate "C" primary key,
  vendor_id text collate "C" not null references vendors (id),
  version integer not null check (version > 0),
  code text collate "C" not null,
  -- Label, discount, resources, times and limits.
  terms jsonb not null,
  ended_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index promotions_code_unique on promotions (vendor_id, code) where ended_at is null;
create index promotions_of_vendor on promotions (vendor_id, id desc);
