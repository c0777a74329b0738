-- Who an occupant of a room was when he was reported: a nickname alone is somebody else's the next day.
alter table blocking_report add column behind text;
