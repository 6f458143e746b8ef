/* GetUserPhoto: [MS-OXWSPHOTO] section 3.1.4.1. */
#include <stdio.h>

#include "ews/people.h"
#include "ews/read.h"

struct request {
	const char *address;
	unsigned size_px;
};

static void write(struct soap_writer *w, const void *context)
{
	static const unsigned sizes[] = { 48, 64, 96, 120, 240, 360, 432, 504, 648 };
	const struct request *request = context;
	char name[32];
	size_t i = 0;

	while (i + 1 < ARRAY_LEN(sizes) && sizes[i] < request->size_px)
		i++;
	snprintf(name, sizeof(name), "HR%ux%u", sizes[i], sizes[i]);
	soap_leaf(w, "m:Email", request->address);
	soap_leaf(w, "m:SizeRequested", name);
}

static void init(void *out)
{
	strbuf_reset(out);
}

static void payload(struct soap_reader *r, void *result)
{
	struct ews_sink sink = ews_sink_buffer(result);
	struct err err;

	if (soap_is(r, "PictureData") && !soap_get_base64(r, &sink, &err))
		soap_fail(r, err.code, err.text);
}

bool ews_photo_get(struct ews_conn *conn, const char *address, unsigned size_px,
		   struct strbuf *jpeg, struct err *err)
{
	const struct request request = { address, size_px };
	const struct ews_single single = { .op = EWS_OP_GET_USER_PHOTO,
					   .flat = true,
					   .write = write,
					   .request = &request,
					   .init = init,
					   .payload = payload,
					   .out = jpeg };

	if (!ews_single_run(conn, &single, err))
		return false;
	return jpeg->len > 0 || err_set(err, ERR_NOT_FOUND, "there is no photo");
}
