#ifndef TESTS_UNIT_EWS_SHARED_H
#define TESTS_UNIT_EWS_SHARED_H

#include <stdlib.h>
#include <unistd.h>

/* Where samples and schemas are, beside the checkout: from the source or the build. */
static inline const char *shared_folder(void)
{
	const char *shared = getenv("PASSERELLE_SHARED");

	return shared				    ? shared
	       : access("../shared/ews", R_OK) == 0 ? "../shared"
						    : "../../shared";
}

#endif
