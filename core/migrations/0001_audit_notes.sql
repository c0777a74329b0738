-- Append-only: the server has no statement that changes or strikes a note. `chain` is SHA-256 over the note and the
-- chain value of the note before it.
create table audit_note (
    id      bigint primary key,
    at      bigint not null,
    actor   bigint not null,   -- 0 the server, -1 the operator on the machine, else a person
    act     text   not null,
    subject bigint not null,
    detail  text   not null,
    chain   bytea  not null
);
create index audit_note_subject on audit_note (subject, id);
