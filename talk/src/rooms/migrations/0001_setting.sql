-- Exceptions from the posting rule, one row for each room that has one. `room` is the number of a unit or body; it is
-- no foreign key, because it points to either.
create table rooms_setting (
    room       bigint primary key,
    posting    text   not null check (posting in ('everybody', 'office-holders')),
    changed_at bigint not null,
    changed_by bigint not null
);
