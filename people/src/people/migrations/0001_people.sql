-- Natural persons of the member file. What has no purpose (bank data, unmapped columns) never gets here.
-- Text that the file leaves out is '' and not null, so that a change from one to the other is no change.
create table people_person (
    id            bigint primary key,
    number        text   not null unique,   -- the member number: the key of the nightly file
    salutation    text   not null,
    title         text   not null,
    given         text   not null,
    family        text   not null,
    born_on       text,
    gender        text   not null,          -- for quotas and gendered titles
    street        text   not null,
    house_number  text   not null,
    postal_code   text   not null,
    city          text   not null,
    country       text   not null,
    email         text   not null,          -- not unique: couples share one
    phone         text   not null,
    mobile        text   not null,
    delivery      bigint not null,          -- 0 unknown, 1 app, 2 e-mail, 3 letter
    dues          bigint not null,          -- 0 unknown, 1 paid, 2 in arrears, 3 exempt; a flag, no amounts
    email_consent bigint not null,
    phone_consent bigint not null,
    row_mark      bytea  not null           -- hash of the row of the last import; empty after a change by hand
);

create table people_membership (
    id        bigint primary key,
    person    bigint not null references people_person (id),
    unit      bigint not null references units_unit (id),
    kind      bigint not null,              -- 0 home, 1 guest, 2 affiliate
    status    bigint not null,              -- 0 applicant, 1 active, 2 suspended, 3 left, 4 expelled, 5 deceased, 6 struck off
    joined_on text,
    left_on   text,
    reason    text   not null,
    check (status < 3 or left_on is not null)
);
-- Exactly one home at a time, and nobody is in a unit twice in the same way.
create unique index people_membership_home on people_membership (person) where kind = 0 and left_on is null;
create unique index people_membership_once on people_membership (person, unit, kind) where left_on is null;
create index people_membership_person on people_membership (person);
create index people_membership_unit on people_membership (unit) where left_on is null;

-- Who counts as a member below which unit. Applicants are not members yet.
create view people_under as
    select c.ancestor as ancestor, m.unit as unit, m.person as person, m.kind as kind
    from people_membership m join units_closure c on c.unit = m.unit
    where m.left_on is null and m.status in (1, 2);
