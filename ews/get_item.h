/*
 * GetItem for many items, in as many requests as it takes: what the readers of mail,
 * contents, calendar items, tasks and contacts have in common.
 */
#ifndef EWS_GET_ITEM_H
#define EWS_GET_ITEM_H

#include "ews/read.h"

struct ews_get;

/* A reader. Its objects begin with their struct ews_status. */
struct ews_get_kind {
	enum ews_batch_kind batch;
	size_t size; /* of an object */
	void (*shape)(struct soap_writer *w, const struct ews_property *mark);
	void (*init)(void *object); /* fields to "not told"; keeps the status */
	const char *element; /* the only one that is right; NULL: any */
	void (*begin)(struct soap_reader *r, void *object); /* at that element; or NULL */
	void (*child)(struct soap_reader *r, const struct ews_get *get, void *object);
};

struct ews_get {
	const struct ews_get_kind *kind;
	const struct ews_ref *refs;
	size_t count;
	const struct ews_property *mark; /* or NULL */
	struct ews_arena *arena; /* of the result */
};

/* ews_get_new() - @get->count objects of which nothing is told yet, in its arena. */
void *ews_get_new(const struct ews_get *get);
/* ews_get_run() - fill @list, which ews_get_new() made; fails like ews_batch_run(). */
MUST_CHECK bool ews_get_run(struct ews_conn *conn, const struct ews_get *get, void *list,
			    struct err *err);

#endif
