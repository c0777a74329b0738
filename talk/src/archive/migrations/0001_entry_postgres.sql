-- One row for each kept message and archive that holds it: two for a message between members, one for a room.
--
-- `id` is the stanza id (XEP-0359) and grows with the commits. `owner` is an account or a room. `origin` is the
-- sender's own mark; the unique index makes a message that is sent again the same row. `checksum` covers id, owner, at
-- and stanza, so that a damaged row is noticed before it is shown.
create table archive_entry (
    id       bigint primary key,
    owner    bigint not null,
    peer     text   not null,      -- bare address of the other side; in a room of the sender
    sender   bigint,               -- account; null when it came from elsewhere
    outgoing bigint not null,      -- 1 in the one row that stands for the saying: the sender's own, or the room's
    words    bigint not null,      -- 1 when it counts as unread: not a receipt, a marker or a reaction
    at       bigint not null,
    origin   text,
    stanza   bytea  not null,
    checksum bytea  not null
);
create index archive_entry_owner on archive_entry (owner, id);
create index archive_entry_peer on archive_entry (owner, peer, id);
create unique index archive_entry_origin on archive_entry (owner, peer, origin) where origin is not null;
