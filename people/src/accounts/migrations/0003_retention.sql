-- When the contents of somebody who has left were erased; a return forgets it.
alter table accounts_account add column emptied_at bigint;

create index accounts_account_left on accounts_account (closed_at) where closed_at is not null and emptied_at is null;
