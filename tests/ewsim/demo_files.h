/* Small files for attachments, made in code: every byte follows from the arguments. */
#ifndef EWSIM_DEMO_FILES_H
#define EWSIM_DEMO_FILES_H

#include <stdint.h>

#include "base/strbuf.h"

/* A valid PNG of @size by @size pixels in one colour with a diagonal. */
void demo_png(unsigned size, uint32_t rgb, struct strbuf *out);
/* A one-page PDF that shows @line (ASCII). */
void demo_pdf(const char *line, struct strbuf *out);
/* A ZIP archive with one stored file. */
void demo_zip(const char *name, struct str content, struct strbuf *out);
/* @rows measurements as CSV. */
void demo_csv(unsigned seed, unsigned rows, struct strbuf *out);
/* @size bytes that don't compress. */
void demo_noise(unsigned seed, size_t size, struct strbuf *out);

struct demo_invite {
	const char *method; /* REQUEST, REPLY, CANCEL */
	const char *uid, *summary, *location;
	int64_t start_unix, end_unix;
	const char *organizer, *attendee; /* addresses */
};
void demo_ics(const struct demo_invite *i, struct strbuf *out);

#endif
