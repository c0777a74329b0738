-- Pictures of the rooms that follow from the directory; those of free rooms stand in their own table.
create table rooms_picture (
    room    bigint primary key,
    kind    text   not null,
    picture bytea  not null
);
