/*
 * Contents: octets with what FETCH asks for often, worked out once and kept as it goes on
 * the wire. Copies of a message share one content.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "bridge/mime/digest.h"
#include "bridge/mime/imap_render.h"
#include "bridge/mime/preview.h"
#include "bridge/mime/sort_keys.h"
#include "bridge/mime/structure.h"
#include "bridge/store_internal.h"

void content_render_init(struct content_render *render, struct str mime)
{
	struct mime_tree tree;

	strbuf_init(&render->envelope, STORE_RENDER_MAX);
	strbuf_init(&render->body, STORE_RENDER_MAX);
	strbuf_init(&render->structure, STORE_RENDER_MAX);
	strbuf_init(&render->header, STORE_RENDER_MAX);
	strbuf_init(&render->sort, STORE_RENDER_MAX);
	strbuf_init(&render->preview, MIME_PREVIEW_BYTES);
	mime_tree_init(&tree, mime);
	mime_imap_envelope(tree.root->header, &render->envelope);
	mime_imap_body(tree.root, false, &render->body);
	mime_imap_body(tree.root, true, &render->structure);
	strbuf_add(&render->header, tree.root->header);
	mime_sort_keys_pack(tree.root->header, &render->sort);
	mime_preview(&tree, &render->preview);
	mime_digest(&tree, render->digest);
	mime_tree_finish(&tree);
}

void content_render_finish(struct content_render *render)
{
	strbuf_finish(&render->envelope);
	strbuf_finish(&render->body);
	strbuf_finish(&render->structure);
	strbuf_finish(&render->header);
	strbuf_finish(&render->sort);
	strbuf_finish(&render->preview);
}

/* A rendering that did not fit is left out: the front works it out from the octets. */
struct str content_fitting(const struct strbuf *b)
{
	return b->overflow ? STR_NONE : strbuf_str(b);
}

bool content_put(struct store_tx *tx, struct str mime, const char *file,
		 const struct content_render *render, int64_t *id_r, struct err *err)
{
	/* A message without any text has an empty one. */
	struct str preview = render->preview.len ? strbuf_str(&render->preview) : STR("");
	int64_t id;

	if (!db_do(tx->db,
		   "INSERT INTO content(here,file,size,envelope,body,structure,header,"
		   "sort,preview) VALUES(1,?1,?2,?3,?4,?5,?6,?7,?8)",
		   ARGS(T(file), I(mime.len), S(content_fitting(&render->envelope)),
			S(content_fitting(&render->body)),
			S(content_fitting(&render->structure)),
			B(content_fitting(&render->header)),
			B(content_fitting(&render->sort)), S(preview)),
		   err))
		return false;
	id = db_last_id(tx->db);
	if (!mime.p)
		mime = STR("");
	if (!file && !db_do(tx->db, "INSERT INTO octets(id,data) VALUES(?1,?2)",
			    ARGS(I(id), B(mime)), err))
		return false;
	*id_r = id;
	return true;
}

bool content_attach(struct store_tx *tx, int64_t id, int64_t content_id, struct err *err)
{
	int64_t before;

	return db_int(tx->db, "SELECT content FROM msg WHERE id=?1", ARGS(I(id)), 0,
		      &before, err) &&
	       db_do(tx->db,
		     "UPDATE msg SET content=?2,has_body=1,need_body=0,look_again=0,"
		     "partial=0,body_why=NULL,body_tries=0,"
		     "size=(SELECT size FROM content WHERE id=?2) WHERE id=?1",
		     ARGS(I(id), I(content_id)), err) &&
	       (before == content_id || content_release(tx, before, err));
}

bool content_release(struct store_tx *tx, int64_t content_id, struct err *err)
{
	CLEANUP(mem_free_ptr) char *file = NULL;
	sqlite3_stmt *q;

	if (!content_id)
		return true;
	q = db_query(tx->db,
		     "SELECT file FROM content WHERE id=?1 AND NOT EXISTS "
		     "(SELECT 1 FROM msg WHERE content=?1) AND NOT EXISTS (SELECT 1 FROM "
		     "departed WHERE content=?1)",
		     ARGS(I(content_id)), err);
	if (!q)
		return false;
	if (!db_row(q))
		return db_done(tx->db, q, err);
	file = db_col_dup(q, 0);
	db_stop(q);
	return db_do(tx->db, "DELETE FROM content WHERE id=?1", ARGS(I(content_id)),
		     err) &&
	       tx_file_release(tx, file, err);
}
