/* A whole IMAP session: before the login, logged in, or with the Inbox selected. */
#include "imapfront/imap/imap.h"
#include "tests/fuzz/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LOGIN "a LOGIN a x\r\n"
#define SELECTED LOGIN "b SELECT INBOX\r\n"
#define NEWER LOGIN "b ENABLE IMAP4rev2\r\nc SELECT INBOX (CONDSTORE)\r\n"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct str before[] = {
		{ "", 0 },
		{ LOGIN, sizeof(LOGIN) - 1 },
		{ SELECTED, sizeof(SELECTED) - 1 },
		{ NEWER, sizeof(NEWER) - 1 },
	};

	if (size)
		fuzz_session(front_imap_start, before[data[0] % ARRAY_LEN(before)],
			     data + 1, size - 1);
	return 0;
}
