-- A client was given a part of it, and may put it together with parts that it asks for later.
ALTER TABLE content ADD COLUMN parted INTEGER NOT NULL DEFAULT 0;
