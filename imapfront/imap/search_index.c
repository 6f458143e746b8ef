/* What the text index says about the keys of a SEARCH: see bridge/store_text.h. */
#include <stdlib.h>

#include "base/mem.h"
#include "imapfront/imap/search.h"

enum { ASKED_MAX = 20 }; /* keys; the others are tried on what these leave */

static struct store_text_where where(const struct imap_search_key *key)
{
	return (struct store_text_where){
		.field = key->kind == IMAP_SEARCH_HEADER ? key->field : STR_NONE,
		.body_only = key->kind == IMAP_SEARCH_BODY,
	};
}

static void ask(struct imap_search_key *key, struct store *store, unsigned *asked)
{
	struct err err;

	for (; key && *asked < ASKED_MAX; key = key->next) {
		ask(key->child, store, asked);
		if (key->kind < IMAP_SEARCH_HEADER || key->hits ||
		    !store_text_indexable(key->text))
			continue;
		key->hits = mem_alloc(sizeof(*key->hits));
		++*asked;
		if (store_text_find(store, key->text, where(key), key->hits, &err))
			continue;
		/* Every message is read then. */
		mem_free_ptr(&key->hits);
		*asked = ASKED_MAX;
	}
}

void imap_search_ask_index(struct imap_search *search, struct store *store)
{
	unsigned asked = 0;

	ask(search->root, store, &asked);
}

static void forget(struct imap_search_key *key)
{
	for (; key; key = key->next) {
		forget(key->child);
		if (key->hits)
			store_text_hits_finish(key->hits);
		mem_free_ptr(&key->hits);
	}
}

void imap_search_forget_index(struct imap_search *search)
{
	forget(search->root);
}
