-- What changed on the lists of a free room since a version older than this cannot be told (somebody was erased).
alter table rooms_free add column versions_from bigint not null default 0;

-- How many messages were said in each hour (counted from 1970), in rooms that are open to everybody; of the last day only.
create table rooms_activity (
    room     bigint not null references rooms_free (id) on delete cascade,
    hour     bigint not null,
    messages bigint not null,
    primary key (room, hour)
);
