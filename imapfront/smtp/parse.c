/*
 * The grammar of RFC 5321 section 4.1.2, of RFC 1870 (SIZE), RFC 6152 (BODY), RFC 4954
 * (AUTH) and RFC 3030 (BDAT). Blanks around the colon of MAIL FROM are let through,
 * because many clients send them; paths without brackets are not.
 */
#include "imapfront/smtp/parse.h"

#include "base/num.h"

static const struct str VERBS[] = {
	[SMTP_AUTH] = { "AUTH", 4 }, [SMTP_BDAT] = { "BDAT", 4 },
	[SMTP_DATA] = { "DATA", 4 }, [SMTP_EHLO] = { "EHLO", 4 },
	[SMTP_HELO] = { "HELO", 4 }, [SMTP_HELP] = { "HELP", 4 },
	[SMTP_MAIL] = { "MAIL", 4 }, [SMTP_NOOP] = { "NOOP", 4 },
	[SMTP_QUIT] = { "QUIT", 4 }, [SMTP_RCPT] = { "RCPT", 4 },
	[SMTP_RSET] = { "RSET", 4 }, [SMTP_STARTTLS] = { "STARTTLS", 8 },
	[SMTP_VRFY] = { "VRFY", 4 },
};
_Static_assert(ARRAY_LEN(VERBS) == SMTP_VERB_COUNT, "a name for each verb");

static struct str skip_blanks(struct str s)
{
	while (s.len && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = str_sub(s, 1, s.len);
	return s;
}

/* Up to a blank; @rest then is behind the blanks. */
static struct str take_word(struct str *rest)
{
	size_t n = 0;
	struct str word;

	while (n < rest->len && rest->p[n] != ' ' && rest->p[n] != '\t')
		n++;
	word = str_sub(*rest, 0, n);
	*rest = skip_blanks(str_sub(*rest, n, rest->len));
	return word;
}

bool smtp_verb_find(struct str line, enum smtp_verb *verb_r, struct err *err)
{
	struct str word = take_word(&line);

	for (size_t i = 0; i < ARRAY_LEN(VERBS); i++)
		if (str_eq_nocase(word, VERBS[i])) {
			*verb_r = (enum smtp_verb)i;
			return true;
		}
	return err_set(err, ERR_NOT_FOUND, "unknown command");
}

/* Length of "<...>" at the front, a '>' in quotes aside; 0 if there is none. */
static size_t path_len(struct str s)
{
	bool quoted = false;

	if (!s.len || s.p[0] != '<')
		return 0;
	for (size_t i = 1; i < s.len; i++) {
		if (quoted && s.p[i] == '\\')
			i++;
		else if (s.p[i] == '"')
			quoted = !quoted;
		else if (s.p[i] == '>' && !quoted)
			return i + 1;
	}
	return 0;
}

/* Where the host begins: behind the last '@' that is not quoted; 0 if there is none. */
static size_t host_at(struct str path)
{
	bool quoted = false;
	size_t at = 0;

	for (size_t i = 0; i < path.len; i++) {
		if (quoted && path.p[i] == '\\')
			i++;
		else if (path.p[i] == '"')
			quoted = !quoted;
		else if (path.p[i] == '@' && !quoted)
			at = i + 1;
	}
	return at;
}

static bool check_path(struct str path, struct err *err)
{
	size_t host = host_at(path);

	if (path.len > SMTP_PATH_BYTES)
		return err_set(err, ERR_LIMIT, "address too long");
	for (size_t i = 0; i < path.len; i++)
		if (path.p[i] < ' ' || path.p[i] > '~' ||
		    (path.p[i] == ' ' && path.p[0] != '"'))
			return err_set(err, ERR_SYNTAX, "bad character in address");
	if (host < 2 || host == path.len)
		return err_set(err, ERR_SYNTAX, "address without mailbox or host");
	return true;
}

/* "FROM:" or "TO:", the path; @rest then is at the parameters. */
static bool take_path(struct str *rest, struct str keyword, struct str *path_r,
		      struct err *err)
{
	size_t len;

	if (!str_starts_nocase(*rest, keyword))
		return err_set(err, ERR_SYNTAX, "expected %.*s", STR_FMT(keyword));
	*rest = skip_blanks(str_sub(*rest, keyword.len, rest->len));
	if (!str_starts(*rest, STR(":")))
		return err_set(err, ERR_SYNTAX, "expected a colon");
	*rest = skip_blanks(str_sub(*rest, 1, rest->len));
	len = path_len(*rest);
	if (!len)
		return err_set(err, ERR_SYNTAX, "expected <address>");
	*path_r = str_sub(*rest, 1, len - 2);
	*rest = str_sub(*rest, len, rest->len);
	if (rest->len && rest->p[0] != ' ' && rest->p[0] != '\t')
		return err_set(err, ERR_SYNTAX, "expected a blank behind the address");
	*rest = skip_blanks(*rest);
	if (str_starts(*path_r,
		       STR("@"))) { /* source route: ignored, as RFC 5321 wants */
		ptrdiff_t colon = str_find_char(*path_r, ':');

		if (colon < 0)
			return err_set(err, ERR_SYNTAX, "bad source route");
		*path_r = str_sub(*path_r, (size_t)colon + 1, path_r->len);
	}
	return true;
}

static bool take_mail_param(struct str param, struct smtp_args *args, struct err *err)
{
	if (str_starts_nocase(param, STR("SIZE="))) {
		if (num_u64(str_sub(param, 5, param.len), &args->size))
			return true;
		return err_set(err, ERR_SYNTAX, "bad SIZE");
	}
	/* AUTH= (RFC 4954 section 5) tells servers that trust one another; not us. */
	if (str_eq_nocase(param, STR("BODY=7BIT")) ||
	    str_eq_nocase(param, STR("BODY=8BITMIME")) ||
	    str_starts_nocase(param, STR("AUTH=")))
		return true;
	return err_set(err, ERR_DENIED, "parameter not offered");
}

static bool parse_mail(struct str rest, struct smtp_args *args, struct err *err)
{
	if (!take_path(&rest, STR("FROM"), &args->path, err))
		return false;
	while (rest.len)
		if (!take_mail_param(take_word(&rest), args, err))
			return false;
	return !args->path.len || check_path(args->path, err);
}

static bool parse_rcpt(struct str rest, struct smtp_args *args, struct err *err)
{
	if (!take_path(&rest, STR("TO"), &args->path, err))
		return false;
	if (rest.len)
		return err_set(err, ERR_DENIED, "parameter not offered");
	return check_path(args->path, err);
}

static bool parse_hello(struct str rest, struct smtp_args *args, struct err *err)
{
	args->word = take_word(&rest);
	if (!args->word.len || args->word.len > SMTP_HELLO_BYTES)
		return err_set(err, ERR_SYNTAX, "expected the client's name");
	return true;
}

static bool parse_auth(struct str rest, struct smtp_args *args, struct err *err)
{
	args->word = take_word(&rest);
	if (!args->word.len)
		return err_set(err, ERR_SYNTAX, "expected a mechanism");
	if (rest.len)
		args->initial = take_word(&rest);
	return !rest.len || err_set(err, ERR_SYNTAX, "too many words");
}

static bool parse_bdat(struct str rest, struct smtp_args *args, struct err *err)
{
	struct str word;

	if (!num_u64(take_word(&rest), &args->size))
		return err_set(err, ERR_SYNTAX, "expected a size");
	word = take_word(&rest);
	args->last = str_eq_nocase(word, STR("LAST"));
	return (!word.len || args->last) && !rest.len
		       ? true
		       : err_set(err, ERR_SYNTAX, "expected LAST or nothing");
}

bool smtp_args_parse(enum smtp_verb verb, struct str line, struct smtp_args *args_r,
		     struct err *err)
{
	struct str rest = line;

	*args_r = (struct smtp_args){ 0 };
	(void)take_word(&rest);
	switch (verb) {
	case SMTP_MAIL:
		return parse_mail(rest, args_r, err);
	case SMTP_RCPT:
		return parse_rcpt(rest, args_r, err);
	case SMTP_EHLO:
	case SMTP_HELO:
		return parse_hello(rest, args_r, err);
	case SMTP_AUTH:
		return parse_auth(rest, args_r, err);
	case SMTP_BDAT:
		return parse_bdat(rest, args_r, err);
	case SMTP_DATA:
	case SMTP_RSET:
	case SMTP_STARTTLS:
	case SMTP_QUIT:
		return !rest.len || err_set(err, ERR_SYNTAX, "takes no words");
	case SMTP_HELP:
	case SMTP_NOOP:
	case SMTP_VRFY:
	case SMTP_VERB_COUNT:
		break;
	}
	return true;
}
