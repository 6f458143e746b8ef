/* Mailboxes by the thousand: message N is worked out from N each time it is asked for. */
#include "tests/ewsim/sim.h"

#include "base/clock.h"

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

void sim_generate(int64_t index, struct strbuf *out)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct civil c = clock_civil_from_unix(FIRST_UNIX + index * STEP_S);
	uint32_t r = mix((uint64_t)index);

	strbuf_addf(out,
		    "From: %s <person%u@example.test>\r\n"
		    "To: Alice <alice@example.test>\r\n"
		    "Subject: %s %lld\r\n"
		    "Date: %.3s, %d %.3s %d %02d:%02d:%02d +0000\r\n"
		    "Message-ID: <generated-%lld@example.test>\r\n"
		    "MIME-Version: 1.0\r\n"
		    "Content-Type: text/plain; charset=us-ascii\r\n\r\n",
		    people[r % 8], r % 8, topics[r / 8 % 8], (long long)index,
		    days + 3 * c.weekday, c.day, months + 3 * (c.month - 1), c.year,
		    c.hour, c.minute, c.second, (long long)index);
	for (uint32_t i = 0; i < 3 + r / 64 % 20; i++)
		strbuf_addf(out, "Line %u of message %lld, word %08x.\r\n", i,
			    (long long)index, mix((uint64_t)index * 64 + i));
}

void sim_generate_fill(struct sim_user *user, uint32_t count)
{
	struct sim_folder *inbox = sim_folder_special(user, "inbox");

	for (uint32_t i = 0; i < count; i++) {
		struct sim_item *item = sim_item_new(user->sim, SIM_MESSAGE);

		item->generated = i;
		item->received = item->sent = item->created = item->modified =
			FIRST_UNIX + (int64_t)i * STEP_S;
		item->read = mix(i) % 10 != 0;
		item->flag = mix(i + 7) % 50 == 0 ? SIM_FLAG_FLAGGED : SIM_FLAG_NONE;
		sim_item_put(item, inbox, NULL);
	}
}
