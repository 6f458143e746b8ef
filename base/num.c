/* Text to numbers: see num.h. */
#include "base/num.h"

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = str_lower_char(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

static bool parse(struct str s, unsigned radix, uint64_t max, uint64_t *value_r)
{
	uint64_t value = 0;

	if (!s.len)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		unsigned digit = (unsigned)digit_value(s.p[i]);

		if (digit >= radix || value > (max - digit) / radix)
			return false;
		value = value * radix + digit;
	}
	*value_r = value;
	return true;
}

bool num_u64(struct str s, uint64_t *value_r)
{
	return parse(s, 10, UINT64_MAX, value_r);
}

bool num_u32(struct str s, uint32_t *value_r)
{
	uint64_t value;

	if (!parse(s, 10, UINT32_MAX, &value))
		return false;
	*value_r = (uint32_t)value;
	return true;
}

bool num_i64(struct str s, int64_t *value_r)
{
	bool minus = s.len && s.p[0] == '-';
	uint64_t value;

	if (!parse(minus ? str_sub(s, 1, s.len) : s, 10, INT64_MAX, &value))
		return false;
	*value_r = minus ? -(int64_t)value : (int64_t)value;
	return true;
}

bool num_hex_u64(struct str s, uint64_t *value_r)
{
	return parse(s, 16, UINT64_MAX, value_r);
}

bool num_double(struct str s, double *value_r)
{
	ptrdiff_t dot = str_find_char(s, '.');
	struct str whole = dot < 0 ? s : str_sub(s, 0, (size_t)dot);
	struct str part = dot < 0 ? STR_NONE : str_sub(s, (size_t)dot + 1, 15);
	bool minus = s.len && s.p[0] == '-';
	double scale = 1;
	uint64_t a, b = 0;

	if (!num_u64(minus ? str_sub(whole, 1, whole.len) : whole, &a) ||
	    (part.len && !num_u64(part, &b)))
		return false;
	for (size_t i = 0; i < part.len; i++)
		scale *= 10;
	*value_r = (minus ? -1 : 1) * ((double)a + (double)b / scale);
	return true;
}
