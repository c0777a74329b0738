-- Words for other servers that were acknowledged to their sender and have not been taken over by the other side.
create table abroad_waiting (
    id      bigint not null primary key,  -- grows with the commits: the order in which they leave
    host    text   not null,              -- our name from which it goes
    domain  text   not null,              -- the server it goes to
    account bigint,                       -- the sender's; null when the server itself or a room writes
    at      bigint not null,              -- since when it waits
    stanza  bytea  not null
);
create index abroad_waiting_domain on abroad_waiting (domain, id);
create index abroad_waiting_account on abroad_waiting (account);
