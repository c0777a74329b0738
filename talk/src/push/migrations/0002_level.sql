-- How much of a conversation between two a member wants to be told; every word where nothing stands here. That of a room
-- stands beside its bookmark.
create table push_level (
    account bigint not null references accounts_account (id) on delete cascade,
    peer    text   not null,   -- the bare address of the other
    level   text   not null,   -- on-mention, never
    primary key (account, peer)
);
