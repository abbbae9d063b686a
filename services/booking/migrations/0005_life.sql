-- A confirmed booking whose money is in waits for its end; those that were paid before there was such a step do so too.
update bookings set saga_step = 'stay', step_deadline_at = ends_at + interval '24 hours'
  where status = 'confirmed' and saga_step = 'done';
