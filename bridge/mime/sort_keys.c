/*
 * Sort keys: see sort_keys.h. Packed they are fields with a NUL after each: the date, "R"
 * for a reply, the texts in the order of their enum.
 */
#include "bridge/mime/sort_keys.h"

#include "base/num.h"
#include "bridge/mime/address.h"
#include "bridge/mime/date.h"
#include "bridge/mime/header.h"
#include "bridge/mime/search.h"
#include "bridge/mime/subject.h"
#include "bridge/mime/words.h"

enum { TEXT_BYTES = 64 * 1024, FOLDED_BYTES = 18 * TEXT_BYTES, ID_BYTES = 1000 };

static void end_field(struct strbuf *out)
{
	strbuf_addc(out, '\0');
}

static void add_folded(struct str utf8, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf folded = STRBUF(FOLDED_BYTES);

	mime_fold(str_sub(utf8, 0, TEXT_BYTES), &folded);
	for (size_t i = 0; i < folded.len; i++) {
		char c = folded.p[i];

		if (c)
			strbuf_addc(out, c >= 'a' && c <= 'z' ? (char)(c - 32) : c);
	}
	end_field(out);
}

static void pack_date(struct str header, struct strbuf *out)
{
	struct mime_date date;
	struct str value;

	if (mime_field_find(header, STR("Date"), &value) && mime_date_parse(value, &date))
		strbuf_addf(out, "%lld %lld", (long long)date.unix_s,
			    (long long)mime_date_day(date));
	end_field(out);
}

static void pack_subject(struct str header, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(TEXT_BYTES);
	CLEANUP(strbuf_finish) struct strbuf base = STRBUF(TEXT_BYTES);
	struct str value;

	if (mime_field_find(header, STR("Subject"), &value))
		mime_words_decode(value, &text);
	if (mime_base_subject(strbuf_str(&text), &base))
		strbuf_addc(out, 'R');
	end_field(out);
	add_folded(strbuf_str(&base), out);
}

static void pack_address(const struct mime_addresses *list, bool display,
			 struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(TEXT_BYTES);
	const struct mime_address *a = list->count ? &list->list[0] : NULL;

	if (a && display && a->name.len)
		mime_words_decode(a->name, &text);
	else if (a && display && a->host.len)
		strbuf_addf(&text, "%.*s@%.*s", STR_FMT(a->mailbox), STR_FMT(a->host));
	else if (a)
		strbuf_add(&text, a->mailbox);
	add_folded(strbuf_str(&text), out);
}

static void pack_addresses(struct str header, struct strbuf *out)
{
	static const char *const fields[] = { "From", "To", "Cc" };
	CLEANUP(strbuf_finish) struct strbuf display = STRBUF(FOLDED_BYTES);

	for (size_t i = 0; i < 3; i++) {
		struct mime_addresses list;
		struct str value = STR("");

		mime_field_find(header, str_from(fields[i]), &value);
		mime_addresses_init(&list, value);
		pack_address(&list, false, out);
		if (i < 2)
			pack_address(&list, true, &display);
		mime_addresses_finish(&list);
	}
	strbuf_add(out, strbuf_str(&display));
}

/* The next "<left@right>" without its brackets; blanks and comments inside are gone. */
static bool next_id(struct str *rest, struct strbuf *id)
{
	ptrdiff_t open = str_find_char(*rest, '<'), close;

	if (open < 0)
		return false;
	*rest = str_sub(*rest, (size_t)open + 1, rest->len);
	close = str_find_char(*rest, '>');
	if (close < 0)
		return false;
	strbuf_reset(id);
	for (ptrdiff_t i = 0; i < close; i++)
		if (rest->p[i] > ' ' && rest->p[i] != '"')
			strbuf_addc(id, rest->p[i]);
	*rest = str_sub(*rest, (size_t)close + 1, rest->len);
	return true;
}

static void pack_message_id(struct str header, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf id = STRBUF(ID_BYTES);
	struct str value;

	if (mime_field_find(header, STR("Message-ID"), &value) && next_id(&value, &id))
		strbuf_add(out, strbuf_str(&id));
	end_field(out);
}

/* RFC 5256: the ids of References; without any the first one of In-Reply-To. */
static void pack_references(struct str header, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf id = STRBUF(ID_BYTES);
	struct str value;
	size_t start = out->len;

	if (mime_field_find(header, STR("References"), &value)) {
		if (value.len > MIME_REFERENCES_BYTES)
			value = str_sub(value, value.len - MIME_REFERENCES_BYTES,
					value.len);
		while (next_id(&value, &id)) {
			strbuf_add(out, strbuf_str(&id));
			strbuf_addc(out, ' ');
		}
	}
	if (out->len == start && mime_field_find(header, STR("In-Reply-To"), &value) &&
	    next_id(&value, &id)) {
		strbuf_add(out, strbuf_str(&id));
		strbuf_addc(out, ' ');
	}
	end_field(out);
}

void mime_sort_keys_pack(struct str header, struct strbuf *out)
{
	pack_date(header, out);
	pack_subject(header, out);
	pack_addresses(header, out);
	pack_message_id(header, out);
	pack_references(header, out);
}

/* "SECONDS DAY" or nothing. */
static bool unpack_date(struct str field, struct mime_sort_keys *keys)
{
	struct str seconds;

	return str_split(&field, ' ', &seconds) && num_i64(seconds, &keys->sent_unix_s) &&
	       num_i64(field, &keys->sent_day);
}

bool mime_sort_keys_unpack(struct str packed, size_t texts, struct mime_sort_keys *keys_r)
{
	struct mime_sort_keys keys = { 0 };
	struct str field;

	if (!str_split(&packed, '\0', &field))
		return false;
	keys.has_date = unpack_date(field, &keys);
	if (!str_split(&packed, '\0', &field))
		return false;
	keys.is_reply = field.len > 0;
	for (size_t i = 0; i < texts; i++)
		if (!str_split(&packed, '\0', &keys.texts[i]))
			return false;
	*keys_r = keys;
	return true;
}
