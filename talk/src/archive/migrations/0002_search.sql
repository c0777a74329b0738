-- What helps to find words in an archive: one row for so many messages in a row, made when somebody searches there.
--
-- `filter` is a Bloom filter over the triples of letters in the messages after the previous block and up to `last`. It can
-- say "not here" for sure and "perhaps here"; the words themselves stand only in the messages.
create table archive_block (
    owner  bigint not null,
    last   bigint not null,
    filter bytea  not null,
    primary key (owner, last)
);
