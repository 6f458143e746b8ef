/*
 * Whether contents are asked for compressed. On a slow line that is quicker; on a fast
 * one it only makes the server compute. Nobody can tell beforehand, so both are tried,
 * and the quicker one is taken and now and then compared with the other.
 */
#ifndef EWS_CODING_H
#define EWS_CODING_H

#include <stdbool.h>
#include <stdint.h>

struct ews_coding {
	double rates[2]; /* octets of content a millisecond, of late; 0: not known */
	unsigned calls; /* since the last comparison */
	unsigned spacing; /* calls until the next one; 0: at the start */
};

/* ews_coding_plain() - Return: ask for the next one without compression */
bool ews_coding_plain(struct ews_coding *coding);
/* ews_coding_learn() - @octets of content took so long; few say nothing */
void ews_coding_learn(struct ews_coding *coding, bool plain, uint64_t octets,
		      int64_t took_ms);

#endif
