-- Bodies of a unit, the offices in them, and who holds which for how long.
create table offices_body (
    id      bigint primary key,
    unit    bigint not null references units_unit (id),
    kind    text   not null,              -- board, assembly, commission, …: data
    name    text   not null,              -- "Vorstand"
    address text   not null unique,
    unique (unit, name)
);

create table offices_office (
    id    bigint primary key,
    body  bigint not null references offices_body (id),
    title text   not null,
    unique (body, title)
);

create table offices_term (
    id        bigint primary key,
    person    bigint not null references people_person (id),
    office    bigint not null references offices_office (id),
    starts_at bigint not null,            -- milliseconds; the first moment that counts
    ends_at   bigint,                     -- milliseconds; the first moment that no longer counts
    cause     text   not null,            -- elected, import, acting, …
    check (ends_at is null or ends_at >= starts_at)
);
create index offices_term_person on offices_term (person);
create index offices_term_office on offices_term (office);
create index offices_term_starts on offices_term (starts_at);
create index offices_term_ends on offices_term (ends_at) where ends_at is not null;
