/* Compressed or not: see coding.h. */
#include "ews/coding.h"

#include "base/macros.h"

#define OCTETS_MIN ((uint64_t)64 << 10)
/* Plain must be so much quicker: compressed octets may cost the user money, or others who
 * share the line their share of it. */
#define ADVANTAGE 1.25
#define NEW_PART 0.3 /* of a rate, what the newest call has in it */

enum { SPACING_MIN = 16, SPACING_MAX = 256, COMPRESSED = 0, PLAIN = 1 };

static bool prefers_plain(const struct ews_coding *coding)
{
	return coding->rates[PLAIN] > ADVANTAGE * coding->rates[COMPRESSED];
}

bool ews_coding_plain(struct ews_coding *coding)
{
	if (coding->rates[COMPRESSED] <= 0)
		return false;
	if (coding->rates[PLAIN] <= 0)
		return true;
	if (coding->spacing == 0)
		coding->spacing = SPACING_MIN;
	if (++coding->calls < coding->spacing)
		return prefers_plain(coding);
	coding->calls = 0;
	return !prefers_plain(coding);
}

void ews_coding_learn(struct ews_coding *coding, bool plain, uint64_t octets,
		      int64_t took_ms)
{
	double *rate = &coding->rates[plain ? PLAIN : COMPRESSED];
	double now = (double)octets / (double)MAX_OF(took_ms, (int64_t)1);
	bool before = prefers_plain(coding), known = coding->spacing > 0;

	if (octets < OCTETS_MIN)
		return;
	*rate = *rate <= 0 ? now : *rate + NEW_PART * (now - *rate);
	if (known && prefers_plain(coding) != before)
		coding->spacing = SPACING_MIN;
	else if (known && plain != before)
		coding->spacing = MIN_OF(2 * coding->spacing, (unsigned)SPACING_MAX);
}
