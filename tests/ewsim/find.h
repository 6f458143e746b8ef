/* Which items FindItem finds, and in which order. */
#ifndef EWSIM_FIND_H
#define EWSIM_FIND_H

#include "tests/ewsim/call.h"

/* find_match() - a m:Restriction element; NULL matches all. */
bool find_match(const xmlNode *restriction, const struct sim_ref *ref);
/* find_folder_match() - the same for a folder. */
bool find_folder_match(const xmlNode *restriction, const struct sim_folder *f);
/* find_compare() - as times, numbers, or text without ASCII case. */
int find_compare(struct str a, struct str b);
/* find_key() - text of the property that a path names. */
void find_key(const xmlNode *path, const struct sim_ref *ref, struct strbuf *out);

#endif
