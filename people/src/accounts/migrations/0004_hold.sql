-- Whose contents stay although the time is over, because a court or the organisation's own tribunal may ask for them.
create table accounts_hold (
    id             bigint primary key,
    person         bigint not null references people_person (id),
    reason         text   not null,
    since          bigint not null,
    held_by        bigint not null,   -- the person who said so
    lifted_at      bigint,
    lifted_by      bigint,
    lifted_because text
);
-- One at a time: whoever needs another reason lifts the first.
create unique index accounts_hold_running on accounts_hold (person) where lifted_at is null;
