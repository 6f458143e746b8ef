/*
 * The end of a message is CRLF "." CRLF and nothing else: were a bare LF taken for a
 * line end there, content could end its own message and go on as commands. Elsewhere
 * bare CR and LF become CRLF.
 */
#include "imapfront/smtp/data.h"

static void line_end(struct smtp_data *d, enum smtp_data_state then)
{
	strbuf_add(d->out, STR("\r\n"));
	d->state = then;
}

static void plain(struct smtp_data *d, char c)
{
	if (c == '\r') {
		d->state = SMTP_DATA_CR;
	} else if (c == '\n') {
		line_end(d, SMTP_DATA_INSIDE);
	} else {
		strbuf_addc(d->out, c);
		d->state = SMTP_DATA_INSIDE;
	}
}

static void step(struct smtp_data *d, char c)
{
	switch (d->state) {
	case SMTP_DATA_START:
		if (c == '.')
			d->state = SMTP_DATA_DOT;
		else
			plain(d, c);
		return;
	case SMTP_DATA_CR:
		if (c == '\n') {
			line_end(d, SMTP_DATA_START);
			return;
		}
		line_end(d, SMTP_DATA_INSIDE);
		plain(d, c);
		return;
	case SMTP_DATA_DOT:
		if (c == '\r') {
			d->state = SMTP_DATA_DOT_CR;
			return;
		}
		if (c == '\n') /* not an end, so not stuffed either */
			strbuf_addc(d->out, '.');
		plain(d, c);
		return;
	case SMTP_DATA_DOT_CR:
		if (c == '\n') {
			d->state = SMTP_DATA_DONE;
			return;
		}
		strbuf_addc(d->out, '.');
		line_end(d, SMTP_DATA_INSIDE);
		plain(d, c);
		return;
	case SMTP_DATA_INSIDE:
	case SMTP_DATA_DONE:
		break;
	}
	plain(d, c);
}

/* Octets at the front that are neither CR nor LF. */
static size_t run_len(struct str s)
{
	size_t n = 0;

	while (n < s.len && s.p[n] != '\r' && s.p[n] != '\n')
		n++;
	return n;
}

size_t smtp_data_feed(struct smtp_data *d, struct str octets)
{
	size_t i = 0;

	while (i < octets.len && d->state != SMTP_DATA_DONE) {
		if (d->state == SMTP_DATA_INSIDE) {
			struct str rest = str_sub(octets, i, octets.len);
			size_t n = run_len(rest);

			strbuf_add(d->out, str_sub(rest, 0, n));
			i += n;
			if (n == rest.len)
				break;
		}
		step(d, octets.p[i++]);
	}
	return i;
}
