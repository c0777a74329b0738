-- Registrations within the last hour; `who` is a keyed hash of a network address, or of the house as a whole.
create table registration_try (
    who   bytea  primary key,
    since bigint not null,
    count bigint not null
);
create index registration_try_since on registration_try (since);
