/*
 * Mailboxes by the thousand: message N is worked out from N each time it is asked for.
 * What identifies one holds its index in the lower half, and in the upper half how many
 * octets of an attachment it has.
 */
#include "tests/ewsim/sim.h"

#include "base/clock.h"
#include "base/mem.h"

enum { FIRST_UNIX = 1700000000, STEP_S = 97 };

static const char *const people[] = { "Ada Brandt",  "Bruno Keller", "Chiara Rossi",
				      "David Okoye", "Elif Demir",   "Farid Haddad",
				      "Greta Lind",  "Hana Novakova" };
static const char *const topics[] = { "Budget for the third quarter",
				      "Minutes of Monday",
				      "Travel to Lyon",
				      "Server room key",
				      "Lunch menu",
				      "Release plan",
				      "Invoice",
				      "Question about the lease" };

static uint32_t mix(uint64_t n)
{
	n = (n + 0x9E3779B97F4A7C15u) * 0xBF58476D1CE4E5B9u;
	return (uint32_t)(n >> 32);
}

/* An attachment: base64 lines out of a pool, so that even a large one costs no thought.
 */
enum { POOL_LINES = 977, LINE = 78 };

static const char *pool(void)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789+/";
	static char lines[POOL_LINES * LINE]; /* filled once, under the model's lock */
	size_t missing = lines[0] ? 0 : POOL_LINES;

	for (size_t i = 0; i < missing; i++) {
		for (size_t k = 0; k < LINE - 2; k++)
			lines[i * LINE + k] = letters[mix(i * LINE + k) % 64];
		memcpy(lines + i * LINE + LINE - 2, "\r\n", 2);
	}
	return lines;
}

static void attachment(uint32_t index, uint32_t bytes, struct strbuf *out)
{
	size_t at = mix(index + 13) % POOL_LINES, lines = bytes / LINE + 1;

	strbuf_add(out,
		   STR("\r\n--=_generated\r\nContent-Type: "
		       "application/octet-stream\r\nContent-Disposition: attachment; "
		       "filename=data.bin\r\nContent-Transfer-Encoding: "
		       "base64\r\n\r\n"));
	while (lines > 0) {
		size_t n = MIN_OF(lines, POOL_LINES - at);

		strbuf_add_mem(out, pool() + at * LINE, n * LINE);
		lines -= n;
		at = 0;
	}
	strbuf_add(out, STR("\r\n--=_generated--\r\n"));
}

static void header(uint32_t index, bool parts, struct strbuf *out)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct civil c = clock_civil_from_unix(FIRST_UNIX + (int64_t)index * STEP_S);
	uint32_t r = mix(index);

	strbuf_addf(out,
		    "From: %s <person%u@example.test>\r\n"
		    "To: Alice <alice@example.test>\r\n"
		    "Subject: %s %u\r\n"
		    "Date: %.3s, %d %.3s %d %02d:%02d:%02d +0000\r\n"
		    "Message-ID: <generated-%u@example.test>\r\n"
		    "MIME-Version: 1.0\r\n%s",
		    people[r % 8], r % 8, topics[r / 8 % 8], index, days + 3 * c.weekday,
		    c.day, months + 3 * (c.month - 1), c.year, c.hour, c.minute, c.second,
		    index,
		    parts ? "Content-Type: multipart/mixed; boundary=\"=_generated\"\r\n"
			    "\r\n--=_generated\r\n"
			  : "");
}

void sim_generate(int64_t which, struct strbuf *out)
{
	uint32_t index = (uint32_t)which, bytes = (uint32_t)(which >> 32);
	uint32_t lines = 3 + mix(index) / 64 % 20;

	header(index, bytes > 0, out);
	strbuf_add(out, STR("Content-Type: text/plain; charset=us-ascii\r\n\r\n"));
	for (uint32_t i = 0; i < lines; i++)
		strbuf_addf(out, "Line %u of message %u, word %08x.\r\n", i, index,
			    mix((uint64_t)index * 64 + i));
	if (bytes > 0)
		attachment(index, bytes, out);
}

int64_t sim_generate_short(int64_t which)
{
	return (int64_t)(uint32_t)which;
}

/* Most mail is small, and most octets are in few messages: with a mean of 50 kB these are
 * 6, 30, 125 and 800 kB. */
static uint32_t attached(uint32_t index, uint32_t mean)
{
	uint32_t r = mix(index + 29) % 100;

	return (uint32_t)((uint64_t)mean *
			  (r < 60   ? 12u
			   : r < 85 ? 60u
			   : r < 97 ? 250u
				    : 1593u) /
			  100);
}

void sim_generate_fill(struct sim_user *user, uint32_t count, uint32_t mean_bytes)
{
	struct sim_folder *inbox = sim_folder_special(user, "inbox");

	for (uint32_t i = 0; i < count; i++) {
		struct sim_item *item = sim_item_new(user->sim, SIM_MESSAGE);

		item->generated = (int64_t)attached(i, mean_bytes) << 32 | i;
		item->received = item->sent = item->created = item->modified =
			FIRST_UNIX + (int64_t)i * STEP_S;
		item->read = mix(i) % 10 != 0;
		item->flag = mix(i + 7) % 50 == 0 ? SIM_FLAG_FLAGGED : SIM_FLAG_NONE;
		sim_item_put(item, inbox, NULL);
	}
}
