-- Contents of messages that the server says are gone: moved, as it often turns out later.
CREATE TABLE departed (
	id INTEGER PRIMARY KEY,
	search_key BLOB NOT NULL,
	message_id TEXT NOT NULL,
	size INTEGER NOT NULL,
	internal_s INTEGER NOT NULL,
	content INTEGER NOT NULL REFERENCES content(id),
	digest BLOB NOT NULL,
	own INTEGER NOT NULL,
	at_s INTEGER NOT NULL
);
CREATE INDEX departed_by_key ON departed(search_key);
CREATE INDEX departed_by_content ON departed(content);
CREATE INDEX departed_by_time ON departed(at_s);
