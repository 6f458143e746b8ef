-- IMAP METADATA (RFC 5464): private annotations, which stay here; folder 0: of the server.
CREATE TABLE annotation (
	folder INTEGER NOT NULL,
	entry TEXT NOT NULL COLLATE NOCASE,
	value BLOB NOT NULL,
	PRIMARY KEY (folder, entry)
) WITHOUT ROWID;
CREATE TRIGGER annotation_gone AFTER DELETE ON folder BEGIN
	DELETE FROM annotation WHERE folder = old.id;
END;
