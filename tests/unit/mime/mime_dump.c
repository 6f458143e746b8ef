/*
 * Prints what FETCH would say of a message: one line each for ENVELOPE, BODY and
 * BODYSTRUCTURE of each file named (literals as quoted text would be longer: they stay
 * literals). For comparing with other servers by hand.
 */
#include <stdio.h>

#include "base/file.h"
#include "bridge/mime/imap_render.h"
#include "bridge/mime/structure.h"

enum { MESSAGE_MAX_BYTES = 100 << 20 };

static bool dump(const char *path, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf octets = STRBUF(MESSAGE_MAX_BYTES);
	CLEANUP(strbuf_finish) struct strbuf out = STRBUF(MESSAGE_MAX_BYTES);
	CLEANUP(mime_tree_finish) struct mime_tree tree = { 0 };

	if (!file_read(path, &octets, err))
		return false;
	mime_tree_init(&tree, strbuf_str(&octets));
	mime_imap_envelope(tree.root->header, &out);
	strbuf_add(&out, STR("\r\n"));
	mime_imap_body(tree.root, false, &out);
	strbuf_add(&out, STR("\r\n"));
	mime_imap_body(tree.root, true, &out);
	strbuf_add(&out, STR("\r\n"));
	return fwrite(out.p, 1, out.len, stdout) == out.len;
}

int main(int argc, char **argv)
{
	struct err err = { 0 };

	for (int i = 1; i < argc; i++)
		if (!dump(argv[i], &err)) {
			fprintf(stderr, "%s: %s\n", argv[i], err.text);
			return 1;
		}
	return 0;
}
