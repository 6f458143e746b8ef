/*
 * AQS: KEYWORD:VALUE and bare words, "phrases", AND, OR, NOT and brackets. A word is
 * found at the beginning of words, whatever its case; a phrase as whole words in a row,
 * with * behind it again as a beginning. A keyword holds for the words behind it, up to
 * the next one or an operator. What is no keyword is searched for as it stands.
 */
#include "tests/ewsim/aqs.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"

enum { MAX_NODES = 200, MAX_DEPTH = 20, DAY = 86400 };

enum type { TEXT, KIND, DATE, NUMBER, BOOLEAN };

static const struct keyword {
	const char *name;
	enum type type;
	const char *elements[8]; /* of TEXT: where it is looked for */
} keywords[] = {
	{ "",
	  TEXT,
	  { "Subject", "TextBody", "From", "Sender", "ToRecipients", "CcRecipients",
	    "Attachments" } }, /* bare words */
	{ "subject", TEXT, { "Subject" } },
	{ "body", TEXT, { "TextBody" } },
	{ "content", TEXT, { "TextBody" } },
	{ "attachment", TEXT, { "Attachments" } },
	{ "from", TEXT, { "From", "Sender" } },
	{ "to", TEXT, { "ToRecipients" } },
	{ "cc", TEXT, { "CcRecipients" } },
	{ "bcc", TEXT, { "BccRecipients" } },
	{ "participants", TEXT, { "ToRecipients", "CcRecipients", "BccRecipients" } },
	{ "category", TEXT, { "Categories" } },
	{ "importance", TEXT, { "Importance" } },
	{ "kind", KIND, { NULL } },
	{ "sent", DATE, { "DateTimeSent" } },
	{ "received", DATE, { "DateTimeReceived" } },
	{ "size", NUMBER, { "Size" } },
	{ "hasattachment", BOOLEAN, { "HasAttachments" } },
	{ "hasattachments", BOOLEAN, { "HasAttachments" } },
	{ "isread", BOOLEAN, { "IsRead" } },
	{ "isflagged", BOOLEAN, { "Flag" } },
};

static const struct {
	const char *name, *classes[3];
} kinds[] = {
	{ "email", { "IPM.Note" } },
	{ "meetings", { "IPM.Appointment", "IPM.Schedule.Meeting" } },
	{ "contacts", { "IPM.Contact", "IPM.DistList" } },
	{ "tasks", { "IPM.Task" } },
	{ "notes", { "IPM.StickyNote" } },
	{ "journals", { "IPM.Activity" } },
	{ "posts", { "IPM.Post" } },
};

struct node {
	enum { ALL, ANY, NO, TERM } what;
	int a, b; /* nodes; of NO the first; -1: missing, matches */
	const struct keyword *key;
	struct str value;
	bool phrase, open; /* open: ends in * */
	int64_t from, to; /* DATE, NUMBER: from <= x < to */
};

struct aqs {
	char *text;
	struct node nodes[MAX_NODES];
	int count, root;
};

struct parser {
	struct aqs *q;
	struct str rest;
	const struct keyword *key; /* that holds now */
	int64_t now;
	int depth;
	bool failed;
};

/* --- Reading ---------------------------------------------------------------------- */

static int add(struct parser *p, struct node n)
{
	if (p->q->count == MAX_NODES) {
		p->failed = true;
		return -1;
	}
	p->q->nodes[p->q->count] = n;
	return p->q->count++;
}

static void skip_blanks(struct parser *p)
{
	while (p->rest.len && strchr(" \t\r\n", p->rest.p[0]))
		p->rest = str_sub(p->rest, 1, p->rest.len);
}

/* Is it @token that comes next? A word of an operator is one by itself only. */
static bool is_next(struct parser *p, const char *token)
{
	size_t len = strlen(token);

	skip_blanks(p);
	return str_starts(p->rest, str_from(token)) &&
	       (len == 1 || p->rest.len == len || strchr(" \t\r\n(\"", p->rest.p[len]));
}

static bool take(struct parser *p, const char *token)
{
	if (!is_next(p, token))
		return false;
	p->rest = str_sub(p->rest, strlen(token), p->rest.len);
	return true;
}

static struct str word(struct parser *p)
{
	size_t n = 0;

	while (n < p->rest.len && !strchr(" \t\r\n()\"", p->rest.p[n]))
		n++;
	struct str w = str_sub(p->rest, 0, n);

	p->rest = str_sub(p->rest, n, p->rest.len);
	return w;
}

static struct str value(struct parser *p, bool *phrase_r, bool *open_r)
{
	struct str v;

	*phrase_r = *open_r = false;
	if (!str_starts(p->rest, STR("\""))) {
		v = word(p);
		*open_r = true;
		return str_ends(v, STR("*")) ? str_sub(v, 0, v.len - 1) : v;
	}
	*phrase_r = true;
	p->rest = str_sub(p->rest, 1, p->rest.len);
	if (!str_split(&p->rest, '"', &v))
		v = STR("");
	if (str_starts(p->rest, STR("*"))) {
		*open_r = true;
		p->rest = str_sub(p->rest, 1, p->rest.len);
	}
	return v;
}

/* "12/31/2026" or "2026-12-31": the day's first second. */
static bool day(struct str s, int64_t *unix_r)
{
	bool iso = str_find_char(s, '-') > 0, local;
	struct str part[3] = { STR_NONE };
	char text[40];
	uint32_t n[3];

	for (int i = 0; i < 3; i++)
		if (!str_split(&s, iso ? '-' : '/', &part[i]) || !num_u32(part[i], &n[i]))
			return false;
	snprintf(text, sizeof(text), "%04u-%02u-%02uT00:00:00Z",
		 iso ? n[0] : n[2] % 10000, iso ? n[1] % 100 : n[0] % 100,
		 iso ? n[2] % 100 : n[1] % 100);
	return x_time_parse(str_from(text), unix_r, &local);
}

/* "today", "last week" ...: whole days of UTC, weeks from Sunday on. */
static bool named_days(struct parser *p, struct str v, int64_t *from_r, int64_t *to_r)
{
	int64_t today = p->now - p->now % DAY;
	struct civil c = clock_civil_from_unix(today);
	struct str unit;
	int64_t from, length;

	if (str_eq_nocase(v, STR("today")) || str_eq_nocase(v, STR("yesterday"))) {
		*from_r = today - (v.len > 5 ? DAY : 0);
		*to_r = *from_r + DAY;
		return true;
	}
	if (!str_eq_nocase(v, STR("this")) && !str_eq_nocase(v, STR("last")))
		return false;
	skip_blanks(p);
	unit = word(p);
	if (str_eq_nocase(unit, STR("week"))) {
		from = today - c.weekday * DAY;
		length = 7 * DAY;
	} else if (str_eq_nocase(unit, STR("month"))) {
		from = today - (c.day - 1) * DAY;
		length = 31 * DAY;
	} else {
		return false;
	}
	*from_r = from;
	*to_r = from + length;
	if (str_eq_nocase(v, STR("last"))) {
		*to_r = from;
		*from_r = from - (length == 7 * DAY
					  ? length
					  : clock_civil_from_unix(from - DAY).day * DAY);
	}
	return true;
}

static bool number(struct parser *p, enum type type, struct str v, int64_t *from_r,
		   int64_t *to_r)
{
	if (type == NUMBER) {
		if (!num_i64(v, from_r))
			return false;
		*to_r = *from_r + 1;
		return true;
	}
	if (named_days(p, v, from_r, to_r))
		return true;
	if (!day(v, from_r))
		return false;
	*to_r = *from_r + DAY;
	return true;
}

/* "N", "A..B", ">N", ">=N", "<N", "<=N" */
static bool range(struct parser *p, struct node *n)
{
	struct str v = n->value;
	ptrdiff_t dots = str_find(v, STR(".."));
	bool less = str_starts(v, STR("<")), more = str_starts(v, STR(">"));
	bool equal = v.len > 1 && v.p[1] == '=';
	int64_t from, to, other;

	if (dots > 0)
		return number(p, n->key->type, str_sub(v, 0, (size_t)dots), &n->from,
			      &other) &&
		       number(p, n->key->type, str_sub(v, (size_t)dots + 2, v.len),
			      &other, &n->to);
	if (less || more)
		v = str_sub(v, equal ? 2 : 1, v.len);
	if (!number(p, n->key->type, v, &from, &to))
		return false;
	n->from = less ? INT64_MIN : more && !equal ? to : from;
	n->to = more ? INT64_MAX : less && !equal ? from : to;
	return true;
}

static const struct keyword *keyword(struct parser *p)
{
	for (size_t i = 1; i < ARRAY_LEN(keywords); i++) {
		size_t len = strlen(keywords[i].name);

		if (str_starts_nocase(p->rest, str_from(keywords[i].name)) &&
		    p->rest.len > len && p->rest.p[len] == ':') {
			p->rest = str_sub(p->rest, len + 1, p->rest.len);
			skip_blanks(p);
			return &keywords[i];
		}
	}
	return NULL;
}

static int any_of(struct parser *p);

static int term_read(struct parser *p)
{
	struct node n = { .what = TERM, .a = -1, .b = -1, .key = p->key };
	bool ranged = n.key->type == NUMBER || n.key->type == DATE;

	if (n.key->type != TEXT)
		p->key = &keywords[0];
	n.value = value(p, &n.phrase, &n.open);
	if (ranged && !range(p, &n))
		n.from = n.to = 0; /* none */
	return n.value.len || n.phrase ? add(p, n) : -1;
}

/* What stands behind NOT or in brackets. */
static int deeper(struct parser *p, int (*read)(struct parser *p))
{
	int inner = -1;

	if (++p->depth > MAX_DEPTH)
		p->failed = true;
	else
		inner = read(p);
	p->depth--;
	return inner;
}

static int primary(struct parser *p)
{
	const struct keyword *key, *held = p->key;
	int inner;

	if (take(p, "NOT")) {
		p->key = &keywords[0];
		inner = deeper(p, primary);
		return add(p, (struct node){ .what = NO, .a = inner, .b = -1 });
	}
	key = keyword(p);
	if (key)
		p->key = key;
	if (!take(p, "("))
		return term_read(p);
	inner = deeper(p, any_of);
	take(p, ")");
	p->key = key ? &keywords[0] : held;
	return inner;
}

static int all_of(struct parser *p)
{
	int left = primary(p);

	for (;;) {
		size_t before = p->rest.len;

		if (take(p, "AND"))
			p->key = &keywords[0];
		if (is_next(p, ")") || is_next(p, "OR") || !p->rest.len || p->failed)
			return left;
		left = add(p, (struct node){ .what = ALL, .a = left, .b = primary(p) });
		if (p->rest.len == before) /* nothing that could be read */
			p->rest = str_sub(p->rest, 1, p->rest.len);
	}
}

static int any_of(struct parser *p)
{
	int left = all_of(p);

	while (!p->failed && take(p, "OR")) {
		p->key = &keywords[0];
		left = add(p, (struct node){ .what = ANY, .a = left, .b = all_of(p) });
	}
	return left;
}

/* "size: > 5000" is "size:>5000". */
static void join_signs(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		*to++ = *from;
		if (strchr("<>=", *from))
			from += strspn(from + 1, " ");
	}
	*to = '\0';
}

struct aqs *aqs_new(struct str text, int64_t now)
{
	struct aqs *q = mem_alloc(sizeof(*q));
	struct parser p = { .q = q, .key = &keywords[0], .now = now };

	q->text = mem_strndup(text.p ? text.p : "", text.len);
	join_signs(q->text);
	p.rest = str_from(q->text);
	q->root = any_of(&p);
	if (!p.failed)
		return q;
	aqs_free(q);
	return NULL;
}

void aqs_free(struct aqs *q)
{
	if (!q)
		return;
	free(q->text);
	free(q);
}

/* --- Looking ---------------------------------------------------------------------- */

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
}

/* At the beginning of a word, and to the end of one unless @open. */
static bool has_words(struct str text, const struct node *n)
{
	size_t from = 0;
	ptrdiff_t at;

	while (from <= text.len &&
	       (at = str_find_nocase(str_sub(text, from, text.len), n->value)) >= 0) {
		size_t begin = from + (size_t)at, end = begin + n->value.len;

		if ((begin == 0 || !is_letter(text.p[begin - 1]) ||
		     !is_letter(n->value.p[0])) &&
		    (n->open || end == text.len || !is_letter(text.p[end])))
			return true;
		from = begin + 1;
	}
	return n->value.len == 0;
}

static bool is_kind(const struct node *n, const struct sim_ref *ref)
{
	CLEANUP(strbuf_finish) struct strbuf v = STRBUF(300);

	item_text(ref, "ItemClass", &v);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		for (size_t j = 0; kinds[i].classes[j]; j++)
			if (str_starts_nocase(str_from(kinds[i].name), n->value) &&
			    str_starts_nocase(strbuf_str(&v),
					      str_from(kinds[i].classes[j])))
				return true;
	return false;
}

static bool in_range(const struct node *n, struct str text)
{
	int64_t x;
	bool local;

	return (n->key->type == NUMBER ? num_i64(text, &x)
				       : x_time_parse(text, &x, &local)) &&
	       x >= n->from && x < n->to;
}

static bool is_true(const struct node *n, struct str text)
{
	bool wanted = str_eq_nocase(n->value, STR("true")) ||
		      str_eq_nocase(n->value, STR("yes")) || str_eq(n->value, STR("1"));

	return wanted ==
	       (str_eq(text, STR("true")) || str_find(text, STR("Flagged")) == 0);
}

static bool term(const struct node *n, const struct sim_ref *ref)
{
	if (n->key->type == KIND)
		return is_kind(n, ref);
	for (size_t i = 0; i < ARRAY_LEN(n->key->elements) && n->key->elements[i]; i++) {
		CLEANUP(strbuf_finish) struct strbuf v = STRBUF(256 << 20);

		item_words(ref, n->key->elements[i], &v);
		if (n->key->type == TEXT      ? has_words(strbuf_str(&v), n)
		    : n->key->type == BOOLEAN ? is_true(n, str_trim(strbuf_str(&v)))
					      : in_range(n, str_trim(strbuf_str(&v))))
			return true;
	}
	return false;
}

static bool match(const struct aqs *q, int at, const struct sim_ref *ref)
{
	const struct node *n = &q->nodes[at < 0 ? 0 : at];

	if (at < 0)
		return true;
	switch (n->what) {
	case ALL:
		return match(q, n->a, ref) && match(q, n->b, ref);
	case ANY:
		return match(q, n->a, ref) || match(q, n->b, ref);
	case NO:
		return !match(q, n->a, ref);
	default:
		return term(n, ref);
	}
}

bool aqs_match(const struct aqs *q, const struct sim_ref *ref)
{
	return !q || match(q, q->root, ref);
}
