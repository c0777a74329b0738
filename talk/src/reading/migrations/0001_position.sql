-- Up to where a member has read each conversation: the number of an archived message, in his own archive or the room's.
create table reading_position (
    account  bigint not null references accounts_account (id) on delete cascade,
    peer     text   not null,   -- bare address of the other side or of the room
    position bigint not null,
    at       bigint not null,
    primary key (account, peer)
);
