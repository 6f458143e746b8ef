-- When the server last agreed to a folder's creation or change: a list of folders that was
-- asked for before does not say that the folder is gone.
ALTER TABLE folder ADD COLUMN done_ms INTEGER NOT NULL DEFAULT 0;
