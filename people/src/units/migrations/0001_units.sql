-- The tree of the organisation. A dissolved unit keeps its row: history stays on the old number.
create table units_unit (
    id           bigint primary key,
    key          text   not null unique,   -- as in the member file, such as 03-12-345-06
    parent       bigint references units_unit (id),
    name         text   not null,
    level        text   not null,          -- "Ortsverband": data, because every organisation has its own words
    kind         bigint not null,          -- 0 territorial, 1 affiliate
    address      text   not null unique,
    dissolved_on text
);
create index units_unit_parent on units_unit (parent);

-- Every unit with itself and each of its ancestors; answers "is in the subtree of" with one look.
create table units_closure (
    unit     bigint not null references units_unit (id),
    ancestor bigint not null references units_unit (id),
    depth    bigint not null,
    primary key (unit, ancestor)
);
create index units_closure_below on units_closure (ancestor, unit);

-- Readable addresses once given, of units and of bodies: both become rooms on the same service. Never given again.
create table units_address (
    address text primary key
);

-- One row: a number that changes with every change of the directory, so that a plan made before it is noticed.
create table units_version (
    one     bigint primary key check (one = 1),
    version bigint not null
);
insert into units_version (one, version) values (1, 0);
