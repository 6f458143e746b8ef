-- Changes of flags by clients, shown already, that item, journal and cache.msg do not have
-- yet: whoever looks there carries them out first (store_flags_log.c). Those of one command
-- that are alike are one row.
CREATE TABLE flag_log (
	id INTEGER PRIMARY KEY,
	folder INTEGER NOT NULL,
	modseq INTEGER NOT NULL,
	unseen INTEGER NOT NULL, -- more than before
	ids BLOB NOT NULL, -- item.id: pairs of first and last, 64 bits each
	clear INTEGER NOT NULL, -- of the flags shown
	set_ INTEGER NOT NULL,
	want_mask INTEGER NOT NULL,
	want INTEGER NOT NULL,
	local INTEGER NOT NULL,
	new_verbs INTEGER NOT NULL,
	goes_up INTEGER NOT NULL,
	keywords_up INTEGER NOT NULL,
	keywords TEXT NOT NULL -- all, from then on
);
