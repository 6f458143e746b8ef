-- Words in place of trigrams: contents are indexed again, dropped ones from doc.
DROP TABLE trigram;
DELETE FROM mark WHERE name = 'upto';

-- Of data, when it is compressed; NULL: it is plain.
ALTER TABLE doc ADD COLUMN plain_bytes INTEGER;

-- A part of the index: the contents of a range of ids.
CREATE TABLE segment (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	first INTEGER NOT NULL, -- content.id
	last INTEGER NOT NULL,
	docs INTEGER NOT NULL DEFAULT 0,
	gone INTEGER NOT NULL DEFAULT 0, -- of them
	ready INTEGER NOT NULL DEFAULT 0 -- 0: a merge has not finished it
);

-- A piece of a segment's sorted words, and where each is: see bridge/store_text_segment.h.
-- id: segment, area, number. Two tables, so that words can be read through quickly.
CREATE TABLE block (
	id INTEGER PRIMARY KEY,
	words BLOB NOT NULL
);
CREATE TABLE posting (
	id INTEGER PRIMARY KEY, -- block.id
	data BLOB NOT NULL
);
