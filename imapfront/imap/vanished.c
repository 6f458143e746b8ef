/* QRESYNC's words: see vanished.h. */
#include "imapfront/imap/vanished.h"

/*
 * The pairs of sequence numbers and UIDs that a client may send help a server that has
 * forgotten what was expunged; this one then tells all UIDs that are not there.
 */
static bool read_pairs(struct imap_reader *in, struct err *err)
{
	struct imap_set ignored;

	return imap_read_char(in, '(', err) && imap_read_set(in, &ignored, err) &&
	       imap_read_sp(in, err) && imap_read_set(in, &ignored, err) &&
	       imap_read_char(in, ')', err);
}

bool imap_qresync_read(struct imap_reader *in, struct imap_qresync *qresync_r,
		       struct err *err)
{
	struct imap_qresync q = { .asked = true };

	if (!imap_read_char(in, '(', err) || !imap_read_number(in, &q.uidvalidity, err) ||
	    !imap_read_sp(in, err) || !imap_read_number64(in, &q.modseq, err))
		return false;
	if (!q.uidvalidity || !q.modseq)
		return err_set(err, ERR_SYNTAX, "0 is no UIDVALIDITY or mod-sequence");
	if (imap_take(in, ' ')) {
		bool pairs = imap_peek(in, '(');

		if (!pairs && !imap_read_set(in, &q.known, err))
			return false;
		pairs = pairs || imap_take(in, ' ');
		if (pairs && !read_pairs(in, err))
			return false;
	}
	*qresync_r = q;
	return imap_read_char(in, ')', err);
}

static void write_range(uint32_t from, uint32_t to, const char **before,
			struct strbuf *out)
{
	strbuf_addf(out, "%s%u", *before, from);
	if (from != to)
		strbuf_addf(out, ":%u", to);
	*before = ",";
}

void imap_vanished_write(const struct store_uid_ranges *gone,
			 const struct imap_set *within, struct strbuf *out)
{
	static const struct imap_range all = { 1, UINT32_MAX };
	const struct imap_range *ranges = within ? within->ranges : &all;
	size_t count = within ? within->count : 1, at = 0;
	const char *before = "* VANISHED (EARLIER) ";

	/* Both are ascending and disjoint. */
	for (size_t i = 0; i < gone->count; i++) {
		struct store_uid_range g = gone->items[i];

		while (at < count && ranges[at].to < g.from)
			at++;
		for (size_t r = at; r < count && ranges[r].from <= g.to; r++)
			write_range(MAX_OF(g.from, ranges[r].from),
				    MIN_OF(g.to, ranges[r].to), &before, out);
	}
	if (*before == ',')
		strbuf_add(out, STR("\r\n"));
}
