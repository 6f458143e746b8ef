/* Any bytes as a document of Autodiscover: the first one picks POX, JSON or a DNS answer.
 */
#include "ews/autodiscover_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str body = size ? str_make((const char *)data + 1, size - 1) : STR_NONE;
	struct discover_answer answer;
	char host[256];

	switch (size ? data[0] % 3 : 0) {
	case 0:
		discover_read_pox(body, &answer);
		break;
	case 1:
		discover_read_json(body, &answer);
		break;
	default:
		(void)discover_read_srv((const unsigned char *)body.p, body.len, host,
					sizeof(host));
	}
	(void)discover_address_ok(body);
	return 0;
}
