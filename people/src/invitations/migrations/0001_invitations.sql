-- Invitations: who may register an account, or become somebody's contact, by a link that the inviter passes on.
create table invitations_invitation (
    id         bigint primary key,
    mac        bytea  not null unique,    -- HMAC-SHA-256 of the token under the installation's key
    inviter    bigint references accounts_account (id), -- null: whoever runs the server
    localpart  text,                      -- the name that is kept for the invited person, if one was chosen
    contact    bigint not null,           -- 1: inviter and invited see each other's presence afterwards
    account    bigint not null,           -- 1: the invited person may register an account
    made_at    bigint not null,
    expires_at bigint not null,
    used_at    bigint,
    used_by    bigint                     -- the account that came of it
);
create index invitations_invitation_inviter on invitations_invitation (inviter);
create index invitations_invitation_localpart on invitations_invitation (localpart);
