-- What accounts and units hold is summed for each promise: out of the index, without the rows.
create index upload_file_held_by on upload_file (account, size);
create index upload_file_held_in on upload_file (unit, size);
drop index upload_file_unit;
