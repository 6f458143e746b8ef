-- Packed keys have the day as written, too; those without it are made from the header.
UPDATE content SET sort = NULL WHERE sort IS NOT NULL;
