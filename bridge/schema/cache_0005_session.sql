-- SELECT tells which keywords are in use in the folder, and the first unseen message.
CREATE INDEX msg_by_keywords ON msg(box, keywords) WHERE keywords <> '' AND uid IS NOT NULL;
CREATE INDEX msg_unseen ON msg(box, uid) WHERE flags & 1 = 0 AND uid IS NOT NULL;
