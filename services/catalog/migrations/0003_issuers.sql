-- What invoices say of a vendor.
alter table vendors
  add column legal_name text,
  add column tax_id text,
  add column address jsonb;
