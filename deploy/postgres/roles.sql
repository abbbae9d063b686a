-- One role and one schema a service; nobody reads another's. Run as superuser on the platform's database, as often as you
-- like: a second run changes nothing but the passwords. For psql, with the passwords as variables:
--   psql -v auth_password=… -v catalog_password=… -v booking_password=… -v payment_password=… -v notification_password=… -f roles.sql

do $$
declare
  service text;
  role_name text;
begin
  foreach service in array array['auth', 'catalog', 'booking', 'payment', 'notification'] loop
    role_name := 'holdfast_' || service;
    if not exists (select from pg_roles where rolname = role_name) then
      execute format('create role %I login', role_name);
    end if;
  end loop;
end
$$;

alter role holdfast_auth login nosuperuser nocreatedb nocreaterole password :'auth_password';
alter role holdfast_catalog login nosuperuser nocreatedb nocreaterole password :'catalog_password';
alter role holdfast_booking login nosuperuser nocreatedb nocreaterole password :'booking_password';
alter role holdfast_payment login nosuperuser nocreatedb nocreaterole password :'payment_password';
alter role holdfast_notification login nosuperuser nocreatedb nocreaterole password :'notification_password';

-- Extensions live apart from every service's tables: the calendar's exclusion constraint needs btree_gist.
create schema if not exists extensions;
create extension if not exists btree_gist with schema extensions;

do $$
declare
  service text;
  role_name text;
  database_name text := current_database();
begin
  execute format('revoke all on database %I from public', database_name);
  revoke all on schema public from public;
  revoke all on schema extensions from public;

  foreach service in array array['auth', 'catalog', 'booking', 'payment', 'notification'] loop
    role_name := 'holdfast_' || service;
    execute format('grant connect on database %I to %I', database_name, role_name);
    execute format('grant usage on schema extensions to %I', role_name);
    execute format('create schema if not exists %I authorization %I', service, role_name);
    execute format('revoke all on schema %I from public', service);
    execute format('alter role %I in database %I set search_path = %I, extensions', role_name, database_name, service);
  end loop;
end
$$;
