/* What every cmocka test needs, in the order cmocka wants it. */
#ifndef TESTS_UNIT_TEST_H
#define TESTS_UNIT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/str.h"

/* Compares text and shows both, with the table's row, when they differ. */
#define ASSERT_STR(row, got, want)                                                       \
	do {                                                                             \
		struct str got_ = (got), want_ = (want);                                 \
		if (!str_eq(got_, want_))                                                \
			fail_msg("row %zu: got \"%.*s\", want \"%.*s\"", (size_t)(row),  \
				 STR_FMT(got_), STR_FMT(want_));                         \
	} while (0)

/* A bool-and-err call that must succeed. */
#define ASSERT_OK(call, err)                                                             \
	do {                                                                             \
		if (!(call))                                                             \
			fail_msg("%s: %s", #call, (err).text);                           \
	} while (0)

#endif
