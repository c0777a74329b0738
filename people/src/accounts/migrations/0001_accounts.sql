-- Logins. Made at the first sign-in, never by an import. No password and no token is stored in a form that signs in.
create table accounts_account (
    id          bigint primary key,
    person      bigint not null unique references people_person (id),
    localpart   text   not null unique,    -- given once; a closed account keeps it, so that nobody inherits old letters
    salt_sha1   bytea  not null,           -- one salt for all app passwords: SCRAM tells it before it sees the password
    salt_sha256 bytea  not null,
    opened_at   bigint not null,
    closed_at   bigint
);

create table accounts_code (
    id          bigint primary key,
    person      bigint not null references people_person (id),
    mac         bytea  not null unique,    -- HMAC-SHA-256 under the installation's key, which lies outside the database
    reusable    bigint not null,           -- 1 for the one-click links of a demo
    wrong_years bigint not null,
    issued_at   bigint not null,
    expires_at  bigint,
    used_at     bigint,
    void_at     bigint
);
create index accounts_code_person on accounts_code (person);

create table accounts_device (
    id           bigint primary key,
    account      bigint not null references accounts_account (id),
    name         text   not null,
    kind         bigint not null,          -- 0 browser, 1 XMPP client
    generation   bigint not null,          -- tokens are derived from it: a new generation ends all older tokens
    created_at   bigint not null,
    last_seen_at bigint not null,
    app_password bigint                    -- the app password that got the token: they are revoked together
);
create index accounts_device_account on accounts_device (account);

create table accounts_app_password (
    id            bigint primary key,
    account       bigint not null references accounts_account (id),
    name          text   not null,
    stored_sha1   bytea  not null,         -- RFC 5802 §3: StoredKey and ServerKey
    server_sha1   bytea  not null,
    stored_sha256 bytea  not null,         -- RFC 7677
    server_sha256 bytea  not null,
    created_at    bigint not null,
    last_used_at  bigint
);
create index accounts_app_password_account on accounts_app_password (account);

-- Wrong tries within a quarter of an hour; `who` is a keyed hash of a network address or a person, not the thing itself.
create table accounts_try (
    who   bytea  primary key,
    since bigint not null,
    count bigint not null
);
create index accounts_try_since on accounts_try (since);
