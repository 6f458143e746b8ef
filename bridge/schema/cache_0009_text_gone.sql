-- Contents that left, for the text index to follow.
CREATE TABLE text_gone (
	id INTEGER PRIMARY KEY -- content.id
);
CREATE TRIGGER content_gone AFTER DELETE ON content BEGIN
	INSERT OR IGNORE INTO text_gone(id) VALUES (old.id);
END;
