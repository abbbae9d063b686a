-- Who moves a charge's money; a charge stays with the provider it began with. The version before this one asks Stripe for
-- every charge: payment is upgraded everywhere before a vendor allows anything else.
alter table payments add column provider text not null default 'stripe' check (provider <> '');
