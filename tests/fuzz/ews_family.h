/*
 * A fuzz target for one family of the EWS library's readers: the first byte picks an
 * operation of the family's list, the rest is what the server answers, whatever is asked.
 */
#ifndef TESTS_FUZZ_EWS_FAMILY_H
#define TESTS_FUZZ_EWS_FAMILY_H

#include "base/str.h"
#include "ews/call.h"
#include "tests/unit/ews/every_op.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef bool (*family_op)(struct ews_conn *conn, struct err *err);

static int family_answer(void *context, struct str request, struct str *answer_r)
{
	*answer_r = *(struct str *)context;
	return 200;
}

static int family_run(const family_op *ops, size_t count, const uint8_t *data,
		      size_t size)
{
	struct ews_account *account = quiet_account();
	struct err err;
	struct ews_conn *conn = ews_conn_new(account, &err);
	struct str text = { (const char *)data + 1, size ? size - 1 : 0 };
	bool ok = false;

	(void)every_op;
	ews_conn_replay(conn, (struct ews_replay){ family_answer, &text });
	if (size > 0)
		ok = ops[data[0] % count](conn, &err);
	ews_conn_free(conn);
	ews_account_free(account);
	return ok ? 0 : 0;
}

/* The list only grows at its end: seeds name operations by their places. */
#define FAMILY(...)                                                                      \
	int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)                     \
	{                                                                                \
		static const family_op ops[] = { __VA_ARGS__ };                          \
                                                                                         \
		return family_run(ops, ARRAY_LEN(ops), data, size);                      \
	}

#endif
