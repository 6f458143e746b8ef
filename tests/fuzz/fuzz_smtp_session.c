/* A whole SMTP session: from the greeting, logged in, or in the middle of a message. */
#include "imapfront/smtp/smtp.h"
#include "tests/fuzz/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LOGIN "EHLO x\r\nAUTH PLAIN AGEAeA==\r\n"
#define MAIL LOGIN "MAIL FROM:<a@example.test>\r\nRCPT TO:<b@example.test>\r\n"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct str before[] = {
		{ "", 0 },
		{ LOGIN, sizeof(LOGIN) - 1 },
		{ MAIL, sizeof(MAIL) - 1 },
		{ MAIL "DATA\r\n", sizeof(MAIL "DATA\r\n") - 1 },
	};

	if (size)
		fuzz_session(front_smtp_start, before[data[0] % ARRAY_LEN(before)],
			     data + 1, size - 1);
	return 0;
}
