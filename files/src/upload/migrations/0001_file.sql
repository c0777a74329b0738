-- Files: promised, arriving, stored. Bytes lie elsewhere, under a name that we draw.
create table upload_file (
    id          bigint primary key,
    key         text   not null unique,    -- 160 random bits: who knows them may fetch the file
    account     bigint references accounts_account (id) on delete set null,  -- without one it goes at the next look
    unit        bigint references units_unit (id),   -- the home of the sender at that time: it counts there
    name        text   not null,           -- as the sender called it, without what could mislead
    size        bigint not null,           -- promised, and later true
    media_type  text,                      -- what the sender says it is; nobody believes it
    state       bigint not null,           -- 0 promised, 1 being put away, 2 stored
    resumable   bigint not null,           -- 1: comes in pieces from our own client
    room        text,                      -- the room it was said in, if the sender told: its rule of keeping holds
    promised_at bigint not null,
    stored_at   bigint,
    expires_at  bigint,                    -- when a promise lapses, or a stored file goes; null keeps it
    blob        text,                      -- where the bytes are, or are about to be
    sha256      bytea,
    kind        bigint                     -- what the first bytes say it is
);
create index upload_file_account on upload_file (account, state);
create index upload_file_unit on upload_file (unit);
create index upload_file_expiry on upload_file (expires_at);

-- Bytes whose row is gone: struck from the store after the commit, and only then from here.
create table upload_gone (
    blob text primary key
);
