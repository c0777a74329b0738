-- What waits for a member's next device (XEP-0160): messages of his archive that nobody has heard yet.
--
-- The words stand in the archive alone. `place` grows with each message of an account, so that the oldest are found in one step
-- of an index when there are too many; it need not be unique.
create table offline_message (
    account bigint not null references accounts_account (id) on delete cascade,
    entry   bigint not null,       -- its number in the account's archive
    place   bigint not null,
    primary key (account, entry)
);
create index offline_message_place on offline_message (account, place);
