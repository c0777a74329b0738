-- What a member has chosen about a room of his: whether his clients open it by themselves, and what they noted beside it.
create table bookmarks_choice (
    account    bigint not null references accounts_account (id) on delete cascade,
    room       bigint not null,   -- a unit or a body, so no foreign key
    autojoin   bigint not null,   -- 1 or 0
    extensions bytea,             -- the element as it was published, never read by us
    primary key (account, room)
);
