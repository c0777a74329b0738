-- What became of a report. It goes some time after it was dealt with.
alter table blocking_report add column dealt_at bigint;
alter table blocking_report add column dealt_by bigint;  -- the person
alter table blocking_report add column decision text;    -- acted, unfounded
alter table blocking_report add column note text;        -- for those who deal with reports
create index blocking_report_dealt on blocking_report (dealt_at);
