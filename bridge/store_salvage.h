/* Damaged database files are put aside and made anew; only bridge/store*.c includes this.
 */
#ifndef BRIDGE_STORE_SALVAGE_H
#define BRIDGE_STORE_SALVAGE_H

#include "bridge/store_db.h"

/*
 * db_heal() - before a file is opened: is it damaged? Then it is renamed (.damaged-TIME)
 * and made anew
 * @keep_rows: with the rows that can still be read (the ledger's tables)
 * @damage: gets what SQLite says of it; stays empty when it is fine
 * Blocks: files up to 64 MiB are read whole, longer ones after db_damage_note() only.
 */
MUST_CHECK bool db_heal(const char *path, const struct store_schema *schema,
			bool keep_rows, struct strbuf *damage, struct err *err);
/* db_damage_note() - a page of it was found damaged: look at all of it at the next start.
 */
void db_damage_note(const char *path);
/* db_damage_noted() - is there such a note? db_heal() takes it back. */
bool db_damage_noted(const char *path);
/* db_is_damage() - does this result of SQLite say so? */
bool db_is_damage(int rc);

#endif
