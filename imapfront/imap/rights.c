/*
 * Rights by letter: see rights.h. "a" (administer) is never there: Exchange's own tools
 * give rights to others. "x" (delete or rename the mailbox) not for special folders.
 */
#include "imapfront/imap/rights.h"

#include "imapfront/imap/mailbox.h"

static const struct {
	enum box_right right;
	const char *letters;
} rows[] = {
	{ BOX_RIGHT_READ, "lr" },   { BOX_RIGHT_MODIFY, "sw" }, { BOX_RIGHT_INSERT, "i" },
	{ BOX_RIGHT_FOLDERS, "k" }, { BOX_RIGHT_DELETE, "te" },
};

void imap_rights_write(const struct store_box *box, struct strbuf *out)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (box->rights & rows[i].right)
			strbuf_add_cstr(out, rows[i].letters);
	if ((box->rights & BOX_RIGHT_DELETE) && box->use == BOX_USE_NONE)
		strbuf_addc(out, 'x');
}

void imap_rights_tell(const struct store_box *box, bool utf8, struct strbuf *out)
{
	strbuf_add(out, STR("* MYRIGHTS "));
	imap_mailbox_quote(str_from(box->path), utf8, out);
	strbuf_addc(out, ' ');
	imap_rights_write(box, out);
	strbuf_add(out, STR("\r\n"));
}
