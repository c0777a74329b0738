-- What a member said in rooms is found when he takes it along or leaves. Rows between two members are not in here: it costs
-- them nothing.
create index archive_entry_said on archive_entry (sender, id) where outgoing = 1 and owner <> sender;
