-- The cache: what can be fetched again. Readers use this file alone wherever they can, so
-- what they need of the ledger (uid, effective flags, names) is here a second time.

CREATE TABLE state (
	name TEXT PRIMARY KEY,
	data BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE box (
	id INTEGER PRIMARY KEY, -- folder.id
	remote_id TEXT,
	server_parent TEXT, -- remote id; NULL: top
	server_name TEXT, -- NULL: not on the server yet
	touched INTEGER NOT NULL DEFAULT 0, -- the server told of it while a deletion was pending
	kind INTEGER NOT NULL DEFAULT 0,
	use INTEGER NOT NULL DEFAULT 0,
	hidden INTEGER NOT NULL DEFAULT 0,
	read_only INTEGER NOT NULL DEFAULT 0,
	local INTEGER NOT NULL DEFAULT 0,
	-- As shown, worked out by box_paths_rebuild():
	parent_id INTEGER NOT NULL DEFAULT 0,
	name TEXT NOT NULL DEFAULT '',
	path TEXT, -- NULL: not shown
	has_children INTEGER NOT NULL DEFAULT 0,
	-- Sync:
	sync_state BLOB, -- NULL: list from the beginning
	listing INTEGER NOT NULL DEFAULT 0, -- a full listing is under way
	round INTEGER NOT NULL DEFAULT 0,
	round_ms INTEGER NOT NULL DEFAULT 0, -- when the listing began
	complete INTEGER NOT NULL DEFAULT 0,
	uidvalidity INTEGER NOT NULL,
	uidnext INTEGER NOT NULL,
	modseq INTEGER NOT NULL,
	gone_floor INTEGER NOT NULL, -- expunged UIDs are known above this stamp
	-- Kept by triggers, of visible messages:
	messages INTEGER NOT NULL DEFAULT 0,
	unseen INTEGER NOT NULL DEFAULT 0,
	size_bytes INTEGER NOT NULL DEFAULT 0,
	bodies INTEGER NOT NULL DEFAULT 0,
	body_bytes INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX box_by_path ON box(path) WHERE path IS NOT NULL;
CREATE INDEX box_by_remote ON box(remote_id) WHERE remote_id IS NOT NULL;

-- One content: shared by the copies of a message.
CREATE TABLE content (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	here INTEGER NOT NULL DEFAULT 0, -- 1: the octets are
	file TEXT, -- name in bodies/, else in octets
	size INTEGER NOT NULL DEFAULT 0,
	envelope TEXT, -- as on the wire
	body TEXT,
	structure TEXT,
	header BLOB
);
CREATE INDEX content_by_file ON content(file) WHERE file IS NOT NULL;
CREATE TABLE octets (
	id INTEGER PRIMARY KEY REFERENCES content(id) ON DELETE CASCADE,
	data BLOB NOT NULL
);

CREATE TABLE msg (
	id INTEGER PRIMARY KEY, -- item.id
	box INTEGER NOT NULL REFERENCES box(id),
	uid INTEGER, -- NULL unless visible
	state INTEGER NOT NULL, -- 0 visible, 1 waits for the end of its round, 2 ghost
	modseq INTEGER NOT NULL DEFAULT 0,
	born INTEGER NOT NULL DEFAULT 0, -- modseq at which the uid was published
	flags INTEGER NOT NULL DEFAULT 0, -- as shown
	keywords TEXT NOT NULL DEFAULT '',
	internal_s INTEGER NOT NULL DEFAULT 0,
	size INTEGER NOT NULL DEFAULT 0, -- as shown: exact when has_body
	has_body INTEGER NOT NULL DEFAULT 0,
	content INTEGER REFERENCES content(id),
	need_body INTEGER NOT NULL DEFAULT 0, -- missing, or to be looked at again
	body_due_s INTEGER NOT NULL DEFAULT 0,
	body_why TEXT, -- given up, when need_body is 0 and has_body is 0
	-- As the server has it:
	server_flags INTEGER NOT NULL DEFAULT 0,
	server_keywords TEXT NOT NULL DEFAULT '',
	change_key TEXT,
	article INTEGER NOT NULL DEFAULT 0,
	server_size INTEGER NOT NULL DEFAULT 0,
	created_s INTEGER NOT NULL DEFAULT 0,
	is_draft INTEGER NOT NULL DEFAULT 0,
	subject TEXT,
	recipients TEXT,
	has_attachments INTEGER NOT NULL DEFAULT 0,
	item_class TEXT,
	round INTEGER NOT NULL DEFAULT 0, -- of the last page that named it
	based INTEGER NOT NULL DEFAULT 0, -- 1: the server's columns are filled
	ack_ms INTEGER NOT NULL DEFAULT 0 -- the server last agreed to a change of ours
);
CREATE UNIQUE INDEX msg_by_uid ON msg(box, uid) WHERE uid IS NOT NULL;
CREATE INDEX msg_by_modseq ON msg(box, modseq) WHERE uid IS NOT NULL;
CREATE INDEX msg_waiting ON msg(box) WHERE state = 1;
CREATE INDEX msg_by_content ON msg(content) WHERE content IS NOT NULL;
CREATE INDEX msg_need_body ON msg(internal_s) WHERE need_body = 1;

CREATE TRIGGER msg_shown AFTER INSERT ON msg WHEN new.uid IS NOT NULL BEGIN
	UPDATE box SET messages = messages + 1, unseen = unseen + (new.flags & 1 = 0),
		size_bytes = size_bytes + new.size, bodies = bodies + new.has_body,
		body_bytes = body_bytes + new.has_body * new.size
	WHERE id = new.box;
END;
CREATE TRIGGER msg_hidden AFTER DELETE ON msg WHEN old.uid IS NOT NULL BEGIN
	UPDATE box SET messages = messages - 1, unseen = unseen - (old.flags & 1 = 0),
		size_bytes = size_bytes - old.size, bodies = bodies - old.has_body,
		body_bytes = body_bytes - old.has_body * old.size
	WHERE id = old.box;
END;
CREATE TRIGGER msg_changed AFTER UPDATE OF box, uid, flags, size, has_body ON msg
WHEN old.uid IS NOT new.uid OR old.flags & 1 <> new.flags & 1 OR old.size <> new.size
	OR old.has_body <> new.has_body BEGIN
	UPDATE box SET
		messages = messages + (new.uid IS NOT NULL) - (old.uid IS NOT NULL),
		unseen = unseen + (new.uid IS NOT NULL AND new.flags & 1 = 0)
			- (old.uid IS NOT NULL AND old.flags & 1 = 0),
		size_bytes = size_bytes + (new.uid IS NOT NULL) * new.size
			- (old.uid IS NOT NULL) * old.size,
		bodies = bodies + (new.uid IS NOT NULL) * new.has_body
			- (old.uid IS NOT NULL) * old.has_body,
		body_bytes = body_bytes + (new.uid IS NOT NULL) * new.has_body * new.size
			- (old.uid IS NOT NULL) * old.has_body * old.size
	WHERE id = new.box;
END;

CREATE TABLE gone ( -- expunged UIDs
	box INTEGER NOT NULL REFERENCES box(id),
	uid INTEGER NOT NULL,
	modseq INTEGER NOT NULL,
	PRIMARY KEY (box, uid)
) WITHOUT ROWID;
CREATE INDEX gone_by_modseq ON gone(box, modseq);

CREATE TABLE event (
	box INTEGER NOT NULL REFERENCES box(id),
	item_id TEXT NOT NULL,
	change_key TEXT,
	data BLOB,
	stamp INTEGER NOT NULL,
	removed INTEGER NOT NULL DEFAULT 0,
	round INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (box, item_id)
) WITHOUT ROWID;
CREATE INDEX event_by_stamp ON event(box, stamp);
