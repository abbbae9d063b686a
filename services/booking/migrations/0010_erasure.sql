-- What a person wrote can be erased; that something happened, when and by whom stays. Of a timeline's entry nothing can
-- change but that the words somebody `said` are gone.
create function only_words_go() returns trigger language plpgsql as $$
begin
  if (new.detail::jsonb) = (old.detail::jsonb - 'said')
    and (new.booking_id, new.version, new.at, new.what, new."by")
      = (old.booking_id, old.version, old.at, old.what, old."by") then
    return new;
  end if;
  raise exception 'the timeline is append-only';
end $$;
drop trigger timeline_append_only on timeline;
create trigger timeline_append_only before delete or truncate on timeline
  for each statement execute function refuse_change();
create trigger timeline_only_words_go before update on timeline
  for each row execute function only_words_go();

-- Whose calendar it is that is read: null for those from before this was kept.
alter table feeds add column created_by text;
