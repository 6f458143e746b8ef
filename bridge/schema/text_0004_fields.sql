-- Subject, senders and recipients apart from the other fields: contents are indexed again.
DELETE FROM segment;
DELETE FROM block;
DELETE FROM posting;
DELETE FROM mark WHERE name = 'upto';
-- 1: each line of the header's text is a whole field; else a field may go on in the next.
ALTER TABLE doc ADD COLUMN whole_lines INTEGER NOT NULL DEFAULT 0;
