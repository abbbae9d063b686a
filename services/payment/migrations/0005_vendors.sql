-- Vendors as catalog tells of them; one that is unknown here is not suspended.
create table vendors (
  vendor_id text collate "C" primary key,
  version integer not null,
  suspended boolean not null
);

-- Who may act for a vendor; a removal is kept, so that an older message cannot undo it.
create table vendor_members (
  vendor_id text collate "C" not null,
  user_id text collate "C" not null,
  role text check (role in ('owner', 'manager', 'staff')),
  version integer not null,
  primary key (vendor_id, user_id)
);
create index vendor_members_of_user on vendor_members (user_id);
