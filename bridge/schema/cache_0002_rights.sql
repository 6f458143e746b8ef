-- What the account may do in a folder, as BOX_RIGHT_* of message.h. The whole list of
-- folders is read again, so that every row learns it.
ALTER TABLE box ADD COLUMN rights INTEGER NOT NULL DEFAULT 31;
ALTER TABLE box DROP COLUMN read_only;
DELETE FROM state WHERE name='hierarchy';
