-- SELECT asks the rows in memory; every change of flags had to keep these up.
DROP INDEX msg_by_keywords;
DROP INDEX msg_unseen;
