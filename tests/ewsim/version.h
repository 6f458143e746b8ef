/* Which Exchange this is: what it knows, and what is an error to it. */
#ifndef EWSIM_VERSION_H
#define EWSIM_VERSION_H

#include "tests/ewsim/call.h"

/* In the order of settings.c's max-version. */
enum sim_version {
	V2007_SP1,
	V2010,
	V2010_SP1,
	V2010_SP2,
	V2013,
	V2013_SP1,
	V2016,
	VERSION_COUNT
};
#define VERSION_WORDS                                                                    \
	"Exchange2007_SP1|Exchange2010|Exchange2010_SP1|Exchange2010_SP2|Exchange2013|"  \
	"Exchange2013_SP1|Exchange2016"

/* version_field() - the oldest version that has a property, by its element. */
enum sim_version version_field(const char *element);
/*
 * version_check() - is this a request that such a server understands?
 * @envelope: the whole of it
 * Return: NULL, or the code of the SOAP fault; then @text says why.
 */
const char *version_check(const xmlNode *envelope, const struct sim_settings *set,
			  char *text, size_t size);
struct version_build {
	unsigned major, minor, build, revision;
	const char *name; /* ServerVersionInfo/@Version, NULL: it says none */
};
/* version_build() - what the server says of itself. */
const struct version_build *version_build(const struct sim_settings *set);

#endif
