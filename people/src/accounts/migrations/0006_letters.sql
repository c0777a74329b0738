-- A letter that an office printed is bound by that office: to its unit and to the rights it had there.
alter table accounts_code add column unit bigint;
alter table accounts_code add column rights text;
