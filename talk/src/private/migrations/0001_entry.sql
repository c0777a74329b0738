-- What clients store for themselves, one piece of XML for each name (XEP-0049).
create table private_entry (
    account   bigint not null references accounts_account (id) on delete cascade,
    namespace text not null,
    name      text not null,
    content   bytea not null,   -- canonical, never read by us
    primary key (account, namespace, name)
);
