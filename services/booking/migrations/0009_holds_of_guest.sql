-- What a guest holds unpaid, counted at each hold. It holds the open ones alone, so it stays as small as they are few.
create index bookings_held_of_customer on bookings (customer_id) where status = 'held';
