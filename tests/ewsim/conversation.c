/*
 * ConversationId and ConversationTopic ([MS-OXOMSG] section 2.2.1): the conversation is
 * the GUID in Thread-Index; without one it is told by what a message refers to, or by its
 * topic alone (PidTagConversationIndexTracking not set). In which order servers look is
 * not known for sure: the switch "conversation" has both.
 */
#include "base/base64.h"
#include "base/crypto.h"
#include "tests/ewsim/facts.h"
#include "tests/ewsim/sim.h"
#include "tests/ewsim/xml.h"

enum { TEXT_MAX = 64 << 10, INDEX_HEAD = 6, ID_BYTES = 16 };

static bool header(struct facts *f, const char *name, struct strbuf *out)
{
	return msg_header(facts_headers(f), name, out) && out->len > 0;
}

/* [MS-OXCMSG] section 2.2.1.9: a prefix is up to three characters, no digits, and ": ".
 */
static struct str without_prefix(struct str subject)
{
	for (size_t i = 0; i < 4 && i + 1 < subject.len; i++) {
		char c = subject.p[i];

		if (i > 0 && c == ':' && subject.p[i + 1] == ' ')
			return without_prefix(
				str_trim(str_sub(subject, i + 2, subject.len)));
		if (c == ' ' || (c >= '0' && c <= '9'))
			break;
	}
	return subject;
}

static void topic(struct facts *f, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf subject = STRBUF(TEXT_MAX);

	if (!msg_header_text(facts_headers(f), "Thread-Topic", out) || !out->len) {
		(void)!msg_header_text(facts_headers(f), "Subject", &subject);
		strbuf_add(out, without_prefix(str_trim(strbuf_str(&subject))));
	}
}

void conversation_topic(struct facts *f, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(TEXT_MAX);

	topic(f, &text);
	x_text(out, "t:ConversationTopic", strbuf_str(&text));
}

/* Thread-Index: six octets of head and time, then the GUID, then five for each reply. */
static bool from_index(struct facts *f, unsigned char id[ID_BYTES])
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(TEXT_MAX);
	CLEANUP(strbuf_finish) struct strbuf bytes = STRBUF(TEXT_MAX);
	struct err err;

	if (!header(f, "Thread-Index", &text) ||
	    !base64_decode(strbuf_str(&text), &bytes, &err) ||
	    bytes.len < INDEX_HEAD + ID_BYTES || bytes.p[0] != 1)
		return false;
	memcpy(id, bytes.p + INDEX_HEAD, ID_BYTES);
	return true;
}

/* The first message of all, as the last of them names it. */
static void root(struct facts *f, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(TEXT_MAX);
	struct str rest, id;

	if (!header(f, "References", &text) && !header(f, "In-Reply-To", &text) &&
	    !header(f, "Message-ID", &text))
		return;
	rest = str_trim(strbuf_str(&text));
	str_split(&rest, '>', &id);
	strbuf_add(out, id);
}

void conversation_id(struct facts *f, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(TEXT_MAX);
	CLEANUP(strbuf_finish) struct strbuf bytes = STRBUF(TEXT_MAX);
	unsigned char hash[CRYPTO_SHA256_BYTES];
	int64_t how = f->item->folder->user->sim->settings.conversation;

	if (how == CONVERSATION_ABSENT)
		return;
	if (how == CONVERSATION_REFERENCES)
		root(f, &text);
	if (!text.len)
		topic(f, &text);
	crypto_sha256(strbuf_str(&text), hash);
	if (how == CONVERSATION_REFERENCES)
		(void)!from_index(f, hash);
	strbuf_add(&bytes, str_make("\0\4\x24\0", 4));
	strbuf_addf(&bytes, "%08u-1d0e-45d1-9d7c-ef09db45f783",
		    f->item->folder->user->index);
	strbuf_add(&bytes, str_make("\0\x10\0", 3));
	strbuf_add(&bytes, str_make((const char *)hash, ID_BYTES));
	strbuf_add(out, STR("<t:ConversationId Id=\""));
	base64_encode(strbuf_str(&bytes), out);
	strbuf_add(out, STR("\"/>"));
}
