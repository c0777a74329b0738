-- Whom a member does not want to hear, and what he reported when he blocked somebody.
create table blocking_item (
    account bigint not null references accounts_account (id) on delete cascade,
    jid     text   not null,     -- user@domain, user@domain/resource, domain, or domain/resource
    primary key (account, jid)
);
create table blocking_report (
    id      bigint primary key,
    account bigint not null references accounts_account (id) on delete cascade,
    jid     text   not null,     -- who was reported
    at      bigint not null,
    reason  text   not null,     -- urn:xmpp:reporting:spam or another URN
    words   text,                -- the member's own
    stanzas text                 -- ids of the messages meant, a JSON list
);
create index blocking_report_account on blocking_report (account, id);
