-- The ledger: what cannot be fetched again. Names differ from the cache's, because both
-- files are open on one connection.

CREATE TABLE value (
	name TEXT PRIMARY KEY,
	data BLOB NOT NULL
) WITHOUT ROWID;

-- Folders. want_*: a change of ours that the server has not agreed to yet.
CREATE TABLE folder (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	remote_id TEXT UNIQUE, -- NULL until the server knows it
	uidvalidity INTEGER NOT NULL UNIQUE,
	uidnext INTEGER NOT NULL DEFAULT 1,
	modseq_floor INTEGER NOT NULL DEFAULT 0, -- a rebuilt counter starts above this
	local INTEGER NOT NULL DEFAULT 0, -- 1: never goes up ("Recovered")
	want_name TEXT,
	want_parent INTEGER, -- folder.id, 0 top; NULL with want_name NULL
	want_deleted INTEGER NOT NULL DEFAULT 0,
	lost INTEGER NOT NULL DEFAULT 0 -- deleted on the server, entries still pending
);

-- Octets that exist nowhere else yet.
CREATE TABLE payload (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	octets BLOB, -- or
	file TEXT -- in bodies/
);

-- Messages: the UID map.
CREATE TABLE item (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	folder INTEGER NOT NULL REFERENCES folder(id),
	uid INTEGER NOT NULL DEFAULT 0, -- 0: not published yet
	item_id TEXT, -- NULL until the server knows it
	search_key BLOB,
	message_id TEXT,
	size INTEGER NOT NULL DEFAULT 0, -- as the server gives it
	digest BLOB, -- of the content that was shown
	own INTEGER NOT NULL DEFAULT 0, -- 1: the octets came from a client here
	mark TEXT,
	ghost INTEGER NOT NULL DEFAULT 0, -- 1: removed here, 2: and on the server
	done_ms INTEGER NOT NULL DEFAULT 0, -- server agreed to its creation or removal
	sent_wait INTEGER NOT NULL DEFAULT 0, -- 1: waits for Exchange's copy in Sent
	internal_s INTEGER NOT NULL DEFAULT 0, -- of rows the server does not know
	want_flags INTEGER NOT NULL DEFAULT 0,
	want_mask INTEGER NOT NULL DEFAULT 0,
	want_keywords TEXT, -- NULL: no change pending
	local_flags INTEGER NOT NULL DEFAULT 0,
	local_keywords TEXT,
	payload INTEGER REFERENCES payload(id)
);
CREATE UNIQUE INDEX item_by_uid ON item(folder, uid) WHERE uid > 0;
CREATE UNIQUE INDEX item_by_item_id ON item(folder, item_id) WHERE item_id IS NOT NULL;
CREATE INDEX item_by_search_key ON item(search_key) WHERE search_key IS NOT NULL;
CREATE INDEX item_by_message_id ON item(message_id) WHERE message_id IS NOT NULL;
CREATE INDEX item_by_mark ON item(mark) WHERE mark IS NOT NULL;
CREATE INDEX item_local ON item(folder) WHERE item_id IS NULL;
CREATE INDEX item_payload ON item(payload) WHERE payload IS NOT NULL;

-- Changes on their way up.
CREATE TABLE journal (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	grp INTEGER NOT NULL DEFAULT 0,
	kind INTEGER NOT NULL,
	item INTEGER NOT NULL DEFAULT 0, -- item.id, 0: none
	from_item INTEGER NOT NULL DEFAULT 0,
	folder INTEGER NOT NULL DEFAULT 0, -- folder.id, 0: none
	from_folder INTEGER NOT NULL DEFAULT 0,
	mark TEXT,
	tries INTEGER NOT NULL DEFAULT 0,
	step INTEGER NOT NULL DEFAULT 0,
	due_ms INTEGER NOT NULL DEFAULT 0,
	why TEXT, -- of the last retry
	step_item_id TEXT, -- of a change in several steps
	step_change_key TEXT,
	payload INTEGER REFERENCES payload(id), -- SEND
	sender TEXT,
	recipients TEXT,
	message_id TEXT,
	forward_is_newest INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX journal_by_item ON journal(item);
CREATE INDEX journal_by_from_item ON journal(from_item);
CREATE INDEX journal_by_folder ON journal(folder);
CREATE INDEX journal_by_from_folder ON journal(from_folder);
CREATE INDEX journal_by_grp ON journal(grp);
CREATE INDEX journal_by_payload ON journal(payload) WHERE payload IS NOT NULL;

-- What became of refused groups, for a while; a group that is in neither table is done.
CREATE TABLE refusal (
	grp INTEGER PRIMARY KEY,
	code INTEGER NOT NULL,
	why TEXT NOT NULL,
	at_ms INTEGER NOT NULL
);

-- Messages we sent or are sending, to know Exchange's copy in Sent.
CREATE TABLE outbox (
	mark TEXT PRIMARY KEY,
	message_id TEXT,
	done_ms INTEGER NOT NULL DEFAULT 0 -- 0: still pending
) WITHOUT ROWID;
CREATE INDEX outbox_by_message_id ON outbox(message_id) WHERE message_id IS NOT NULL;

CREATE TABLE subscription ( -- what a client said; default: every mail folder
	path TEXT PRIMARY KEY,
	is_on INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE event_file (
	folder INTEGER NOT NULL REFERENCES folder(id),
	item_id TEXT NOT NULL,
	uid TEXT NOT NULL,
	name TEXT NOT NULL,
	hash TEXT NOT NULL,
	base BLOB, -- the text last written
	PRIMARY KEY (folder, item_id)
) WITHOUT ROWID;
