-- Networks from which an account has signed in by password: strangers elsewhere cannot shut its owner out there.
create table accounts_familiar (
    who     bytea  primary key,   -- keyed hash of name and network
    seen_at bigint not null
);
create index accounts_familiar_seen on accounts_familiar (seen_at);

-- Accounts without any key get the number that strangers are told of names that do not exist.
update accounts_account set iterations = 10000
where iterations < 10000 and not exists (select 1 from accounts_app_password where account = accounts_account.id);
