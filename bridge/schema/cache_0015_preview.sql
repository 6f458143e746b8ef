-- The first words of a message (IMAP PREVIEW); NULL: of an older content.
ALTER TABLE content ADD COLUMN preview TEXT;
