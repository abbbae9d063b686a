-- A retirement can overtake the publication it ends: it is kept as a row that has nothing published yet.
alter table resources
  alter column vendor_id drop not null,
  alter column snapshot drop not null;
