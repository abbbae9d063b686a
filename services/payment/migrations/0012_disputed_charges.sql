-- Charges whose refund Stripe refused for a dispute that is yet to be found.
create index payments_disputed on payments (booking_id) where disputed;
