-- What of a vendor's is under way, either way: nothing is sent to it meanwhile.
create index transfers_planned on transfers (vendor_id, currency) where state = 'planned';
