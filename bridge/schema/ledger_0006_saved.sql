-- When the message entered its folder, where that was seen here; 0: the server's word for
-- when it was created holds.
ALTER TABLE item ADD COLUMN saved_s INTEGER NOT NULL DEFAULT 0;
