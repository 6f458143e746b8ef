-- A long folder is listed twice at once: SyncFolderItems names its items (state 3 until
-- their properties are here), pages of FindItem bring these.
ALTER TABLE msg ADD COLUMN named_ms INTEGER NOT NULL DEFAULT 0; -- when a round named it
ALTER TABLE msg ADD COLUMN found INTEGER NOT NULL DEFAULT 0; -- round that read it last
ALTER TABLE msg ADD COLUMN partial INTEGER NOT NULL DEFAULT 0; -- 1: no recipients, no header yet
CREATE INDEX msg_named ON msg(box) WHERE state = 3;
CREATE INDEX msg_partial ON msg(internal_s) WHERE partial = 1;
