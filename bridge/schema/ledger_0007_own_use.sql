-- A special use that a client asked for (RFC 6154), which only the bridge knows of.
ALTER TABLE folder ADD COLUMN own_use INTEGER NOT NULL DEFAULT 0;
