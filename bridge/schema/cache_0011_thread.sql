-- The conversation (THREADID), and when a message entered its folder (SAVEDATE). Each
-- folder's list is compared once more, so that every row learns its conversation.
ALTER TABLE msg ADD COLUMN thread INTEGER NOT NULL DEFAULT 0; -- 64 bits; 0: not known
ALTER TABLE msg ADD COLUMN saved_s INTEGER NOT NULL DEFAULT 0; -- 0: not known
ALTER TABLE box ADD COLUMN looked_s INTEGER NOT NULL DEFAULT 0; -- the last round began then
UPDATE msg SET saved_s = created_s;
UPDATE box SET listed_s = 0;
