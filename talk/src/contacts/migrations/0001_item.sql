-- What a member has noted or agreed about another address, here or on another server. The directory's contacts stand in no
-- table; a row beside one of them holds the member's own name and groups for it.
create table contacts_item (
    account  bigint not null references accounts_account (id) on delete cascade,
    jid      text   not null,     -- bare address
    listed   bigint not null,     -- 1 when it stands in the contact list; 0 when it is only a request that waits
    name     text,                -- the member's own; null: the directory's, or none
    groups   text,                -- a JSON list; null: the directory's, or none
    sees     bigint not null,     -- 1: the member sees the other (RFC 6121, Appendix A.1)
    seen     bigint not null,     -- 1: the other sees the member
    asks     bigint not null,     -- 1: the member has asked
    asked    bigint not null,     -- 1: the other has asked
    approved bigint not null,     -- 1: the other's next request is granted already
    request  bytea,               -- the other's request as it came, while it waits
    primary key (account, jid)
);
create index contacts_item_jid on contacts_item (jid);
