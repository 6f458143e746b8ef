/* The only place where text becomes a number. No sign, blank, or overflow is let through.
 */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/str.h"

/* Whole of @s must be decimal digits and fit; *value_r is set only on success. */
MUST_CHECK bool num_u32(struct str s, uint32_t *value_r);
MUST_CHECK bool num_u64(struct str s, uint64_t *value_r);
/* As above with an optional leading minus. */
MUST_CHECK bool num_i64(struct str s, int64_t *value_r);
/* Hexadecimal without prefix, either case. */
MUST_CHECK bool num_hex_u64(struct str s, uint64_t *value_r);
/* Decimal number with optional fraction ("12.5"); no exponent. */
MUST_CHECK bool num_double(struct str s, double *value_r);

#endif
