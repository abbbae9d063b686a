-- What the booking cost when each charge was asked for: invoices are written later, and a move changes the lines.
-- Empty until it moves: then charge 1 is what the booking is.
alter table bookings add column charged_prices json not null default '[]';
