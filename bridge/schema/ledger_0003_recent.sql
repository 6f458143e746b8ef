-- \Recent (RFC 3501 section 2.3.2): UIDs from this one on have been shown to no session.
ALTER TABLE folder ADD COLUMN recent_uid INTEGER NOT NULL DEFAULT 1;
