-- Accounts outside the directory have a password of their own; an admin can lock any account.
alter table accounts_account add column locked_at bigint;

-- One number for all, so that nobody can tell by it who is a guest; accounts made before keep what their keys have.
alter table accounts_account add column iterations bigint not null default 4096;

create table accounts_password (
    account       bigint primary key references accounts_account (id),
    id            bigint not null,         -- a new one with each change: what the old one signed in no longer counts
    salt_sha1     bytea  not null,
    salt_sha256   bytea  not null,
    iterations    bigint not null,         
    stored_sha1   bytea  not null,         -- RFC 5802 §3
    server_sha1   bytea  not null,
    stored_sha256 bytea  not null,         -- RFC 7677
    server_sha256 bytea  not null,
    set_at        bigint not null,
    last_used_at  bigint
);
