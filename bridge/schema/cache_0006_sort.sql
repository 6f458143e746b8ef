-- What SORT and THREAD compare, packed by mime/sort_keys.c; NULL: of an older content.
ALTER TABLE content ADD COLUMN sort BLOB;
