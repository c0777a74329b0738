-- Who set the subject of a free room, by the id that tells him apart for good (XEP-0421); null for one set before this was kept.
alter table rooms_free add column subject_occupant text;
