-- A person's payments: asked for by who wants to know what is kept about them, and by erasure.
create index payments_of_customer on payments (customer_id);
