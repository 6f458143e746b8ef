/* EWS answers: the first byte picks the operation that reads the rest. */
#include "base/str.h"
#include "ews/call.h"
#include "tests/unit/ews/every_op.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int answer(void *context, struct str request, struct str *answer_r)
{
	*answer_r = *(struct str *)context;
	return 200;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ews_account *account = quiet_account();
	struct err err;
	struct ews_conn *conn = ews_conn_new(account, &err);
	struct str text = { (const char *)data + 1, size ? size - 1 : 0 };
	bool ok = false;

	ews_conn_replay(conn, (struct ews_replay){ answer, &text });
	if (size > 0)
		ok = every_op[data[0] % ARRAY_LEN(every_op)].run(conn, &err);
	ews_conn_free(conn);
	ews_account_free(account);
	return ok ? 0 : 0;
}
