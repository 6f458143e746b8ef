/* The numbered SQL files of bridge/schema/, embedded at build time. */
#ifndef BRIDGE_STORE_SCHEMA_H
#define BRIDGE_STORE_SCHEMA_H

struct store_schema {
	int version; /* 0 ends the list; ascending */
	const char *sql;
};
extern const struct store_schema store_schema_ledger[];
extern const struct store_schema store_schema_cache[];
extern const struct store_schema store_schema_text[];

#endif
