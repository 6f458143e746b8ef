-- What the server refused and what became of it, for `passerelle status`.
CREATE TABLE notice (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	at_ms INTEGER NOT NULL,
	kind INTEGER NOT NULL, -- enum journal_kind
	what TEXT NOT NULL, -- subject of the message, or name of the folder
	why TEXT NOT NULL,
	kept INTEGER NOT NULL -- enum store_kept
);

-- 0: the content was kept or reported, so that a front need not tell it as well.
ALTER TABLE refusal ADD COLUMN told INTEGER NOT NULL DEFAULT 1;
-- The server's word while what follows from it is under way; the text is in why.
ALTER TABLE journal ADD COLUMN refused_code INTEGER NOT NULL DEFAULT 0;
-- Of what a message says, to know the sender's own copy for the same one.
ALTER TABLE outbox ADD COLUMN digest BLOB;
