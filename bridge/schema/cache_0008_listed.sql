ALTER TABLE box ADD COLUMN listed_s INTEGER NOT NULL DEFAULT 0; -- the whole list last came then
