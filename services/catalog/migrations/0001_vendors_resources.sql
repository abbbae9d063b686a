create table vendors (
    id         text collate "C" primary key,
    owner_id   text collate "C" not null,
    name       text not null,
    status     text not null check (status in ('registered', 'verified')),
    version    integer not null check (version > 0),
    created_at timestamptz not null
);

create table resources (
    id         text collate "C" primary key,
    vendor_id  text collate "C" not null references vendors (id),
    status     text not null check (status in ('draft', 'published', 'retired')),
    version    integer not null check (version > 0),
    rules      jsonb not null,
    kind       text not null generated always as (rules ->> 'kind') stored,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

-- The public list, newest first: of everything, of a vendor, of a kind. Ids sort by creation time.
create index resources_published on resources (id desc) where status = 'published';
create index resources_published_of_vendor on resources (vendor_id, id desc) where status = 'published';
create index resources_published_of_kind on resources (kind, id desc) where status = 'published';
create index resources_of_vendor on resources (vendor_id);
