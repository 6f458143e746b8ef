-- A special use that a client asked for: shown where the server names no folder for it.
ALTER TABLE box ADD COLUMN own_use INTEGER NOT NULL DEFAULT 0;
