-- One row for each import that changed something. The changes themselves stand in the audit notes.
create table import_run (
    id    bigint primary key,
    at    bigint not null,
    actor bigint not null,
    plan  text   not null,    -- the plan's id
    notes bigint not null     -- how many changes were noted
);
