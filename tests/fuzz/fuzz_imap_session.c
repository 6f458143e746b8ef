/* A whole IMAP session: before the login, logged in, or with the Inbox selected. */
#include "imapfront/imap/imap.h"
#include "tests/fuzz/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct str before[] = {
		{ "", 0 },
		{ "a LOGIN a x\r\n", 13 },
		{ "a LOGIN a x\r\nb SELECT INBOX\r\n", 29 },
		{ "a LOGIN a x\r\nb ENABLE IMAP4rev2\r\nc SELECT INBOX (CONDSTORE)\r\n",
		  63 },
	};

	if (size)
		fuzz_session(front_imap_start, before[data[0] % ARRAY_LEN(before)],
			     data + 1, size - 1);
	return 0;
}
