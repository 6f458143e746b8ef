/* Tokens of structured fields: see token.h. */
#include "bridge/mime/token.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* @rest is at the opening parenthesis; comments nest. */
static void skip_comment(struct str *rest, struct strbuf *comment)
{
	unsigned depth = 0;

	if (comment)
		strbuf_reset(comment);
	for (; rest->len; mime_skip(rest, 1)) {
		char c = rest->p[0];

		if (c == '(' && depth++ == 0)
			continue;
		if (c == ')' && --depth == 0) {
			mime_skip(rest, 1);
			return;
		}
		if (c == '\\' && rest->len > 1) {
			mime_skip(rest, 1);
			c = rest->p[0];
		}
		if (comment && c != '\r' && c != '\n')
			strbuf_addc(comment, c);
	}
}

void mime_skip_cfws(struct str *rest, struct strbuf *comment)
{
	for (;;) {
		size_t n = 0;

		while (n < rest->len && is_blank(rest->p[n]))
			n++;
		mime_skip(rest, n);
		if (!rest->len || rest->p[0] != '(')
			return;
		skip_comment(rest, comment);
	}
}

struct str mime_take_token(struct str *rest)
{
	size_t n = 0;
	struct str token;

	while (n < rest->len && (unsigned char)rest->p[n] > ' ' && rest->p[n] != 0x7f &&
	       !strchr("()<>@,;:\\\"/[]?=", rest->p[n]))
		n++;
	token = str_sub(*rest, 0, n);
	mime_skip(rest, n);
	return token;
}

void mime_take_quoted(struct str *rest, struct strbuf *out)
{
	mime_skip(rest, 1);
	for (; rest->len; mime_skip(rest, 1)) {
		char c = rest->p[0];

		if (c == '"') {
			mime_skip(rest, 1);
			return;
		}
		if (c == '\\' && rest->len > 1) {
			mime_skip(rest, 1);
			c = rest->p[0];
		}
		if (c != '\r' && c != '\n')
			strbuf_addc(out, c);
	}
}
