-- The text index: can be deleted at any time, is made again from the bodies.

CREATE TABLE mark (
	name TEXT PRIMARY KEY, -- pair: of the cache it belongs to; upto: content.id
	data NOT NULL
) WITHOUT ROWID;

-- Folded text of a content, to verify candidates with. NULL: too big to be kept.
CREATE TABLE doc (
	id INTEGER PRIMARY KEY, -- content.id
	header_bytes INTEGER NOT NULL,
	data BLOB
);
CREATE INDEX doc_big ON doc(id) WHERE data IS NULL;

-- Which contents have three characters in a row; nothing of where.
CREATE VIRTUAL TABLE trigram USING fts5(
	data, content='', detail=none, columnsize=0, tokenize='trigram case_sensitive 1'
);
