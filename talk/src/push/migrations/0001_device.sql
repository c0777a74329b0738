-- Whom to tell that something waits: an app's server (XEP-0357) or a browser (RFC 8030). What waits for a device stands in its
-- row, so that there is never more than one notification on its way to it.
create table push_device (
    id           bigint primary key,
    account      bigint not null references accounts_account (id) on delete cascade,
    kind         bigint not null,           -- 0 an app's server, 1 a browser
    service      text   not null,           -- the address of the app's server, or the URL that the browser named
    node         text   not null,           -- '' where there is none
    secret       bytea  not null,           -- publish options as XML, or the browser's public key and its secret
    device       bigint references accounts_device (id) on delete cascade,
    app_password bigint,                    -- with which it was asked for; one of the two
    made_at      bigint not null,
    waiting      bigint not null,           -- words since somebody last looked
    is_due       bigint not null,           -- 1: the device is to be told of them
    is_urgent    bigint not null,           -- 1: somebody calls
    last_owner   bigint,                    -- the newest of them in the archive
    last_entry   bigint,
    pushed       bigint not null,           -- notifications since somebody last looked
    failures     bigint not null,           -- in a row
    next_at      bigint not null,           -- not before
    unique (account, kind, service, node)
);
create index push_device_due on push_device (next_at) where is_due = 1;
create index push_device_device on push_device (device);
create index push_device_service on push_device (kind, service);

-- What was said in rooms and is not decided yet: whom of the members to tell.
create table push_owed (
    id    bigint primary key,
    room  bigint not null,
    entry bigint not null
);
