-- Nodes with what was published in them, who may do what there, and who wants to hear of it.
create table pubsub_node (
    id       bigint primary key,
    owner    bigint not null,   -- an account, or 0 for the organisation's own service; so no foreign key
    name     text not null,
    config   text not null,     -- JSON, written and read by one struct
    creator  text not null,     -- a bare address
    made     bigint not null,
    items    bigint not null,   -- how many, and how many bytes they take: counted along, so that quotas cost nothing
    bytes    bigint not null,
    unique (owner, name)
);

create table pubsub_item (
    node      bigint not null references pubsub_node (id) on delete cascade,
    id        text not null,
    payload   bytea,             -- canonical; empty for a mere notification
    publisher text not null,     -- the full address, as the server knew it
    size      bigint not null,
    made      bigint not null,   -- grows with each new item (XEP-0413: creation)
    changed   bigint not null,   -- grows with each publication (XEP-0413: modification)
    at        bigint not null,
    primary key (node, id)
);
create unique index pubsub_item_changed on pubsub_item (node, changed);
create unique index pubsub_item_made on pubsub_item (node, made);

create table pubsub_affiliation (
    node  bigint not null references pubsub_node (id) on delete cascade,
    who   text not null,         -- a bare address (XEP-0060: affiliations are of bare addresses)
    what  text not null,
    primary key (node, who)
);
create index pubsub_affiliation_who on pubsub_affiliation (who);

create table pubsub_subscription (
    node  bigint not null references pubsub_node (id) on delete cascade,
    who   text not null,         -- the address that subscribed, bare or full
    bare  text not null,
    state text not null,         -- subscribed or pending
    subid text not null,
    primary key (node, who)
);
create index pubsub_subscription_bare on pubsub_subscription (bare);
