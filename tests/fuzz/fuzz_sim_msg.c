/* The simulator's reader of messages: any octets, no crash, no hang. */
#include <stddef.h>
#include <stdint.h>

#include "tests/ewsim/msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str whole = str_make((const char *)data, size), headers, body, rest;
	CLEANUP(strbuf_finish) struct strbuf a = STRBUF(1 << 22), b = STRBUF(1 << 22);
	static const char *const names[] = { "Subject", "From", "Date" };
	struct msg_part parts[16];
	int64_t t;
	size_t n = msg_parts(whole, parts, 16);

	for (size_t i = 0; i < n; i++)
		msg_part_text(&parts[i], &a);
	msg_split(whole, &headers, &body);
	for (size_t i = 0; i < 3; i++) {
		strbuf_reset(&a);
		(void)msg_header_text(headers, names[i], &a);
		(void)!msg_date(strbuf_str(&a), &t);
	}
	rest = headers;
	strbuf_reset(&a);
	while (msg_address_next(&rest, &a, &b))
		;
	return 0;
}
