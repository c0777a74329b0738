-- The office that works for a board leads with it; a body of which the name says something else does not.
update offices_body set kind = 'office'
where kind = 'group' and (name like '%esch_ftsstelle%' or name like '%ekretariat%');
update offices_body set kind = 'audit'
where kind = 'group' and (name like '%assenpr%' or name like '%echnungspr%' or name like '%evision%');
update offices_body set kind = 'group' where kind = 'board' and name like '%raktion%';
update offices_body set kind = 'commission'
where kind = 'board' and (name like '%ommission%' or name like '%usschuss%' or name like '%eirat%');
