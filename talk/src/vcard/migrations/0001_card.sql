-- A member's business card as he wrote it, without the picture, which lies in the nodes.
create table vcard_card (
    account bigint primary key references accounts_account (id) on delete cascade,
    card    bytea not null
);
