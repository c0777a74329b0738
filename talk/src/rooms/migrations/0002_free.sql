-- Rooms that members make for themselves. `terms` is JSON: what an owner may set. `skeleton` is what the address looks like,
-- so that no two rooms can be mistaken for each other. `visit` counts who came in, so that a room is not ended while
-- somebody enters. Numbers of rooms come from the same source as those of units and bodies.
create table rooms_free (
    id            bigint primary key,
    address       text   not null unique,
    skeleton      text   not null unique,
    name          text   not null,
    is_public     bigint not null check (is_public in (0, 1)),
    is_persistent bigint not null check (is_persistent in (0, 1)),
    is_locked     bigint not null check (is_locked in (0, 1)),
    terms         text   not null,
    subject       text   not null,
    subject_by    text,
    subject_at    bigint,
    avatar        bytea,
    avatar_kind   text,
    visit         bigint not null,
    version       bigint not null,
    created_at    bigint not null,
    created_by    text   not null
);
create index rooms_free_public on rooms_free (name, id) where is_public = 1;

-- The lists of a free room, by bare address. `person` is who it is in the directory, for addresses of this house. Who left
-- a list stays with affiliation none, so that clients hear of it later.
create table rooms_affiliation (
    room        bigint not null references rooms_free (id) on delete cascade,
    address     text   not null,
    person      bigint,
    affiliation text   not null check (affiliation in ('owner', 'admin', 'member', 'none', 'outcast')),
    nick        text,
    nick_looks  text,
    reason      text,
    changed_at  bigint not null,
    version     bigint not null,
    primary key (room, address)
);
create unique index rooms_affiliation_nick on rooms_affiliation (room, nick_looks);
create index rooms_affiliation_person on rooms_affiliation (person, room);
