/* GetItem. */
#include "tests/ewsim/call.h"

void op_get_item(struct call *c)
{
	CLEANUP(shape_finish) struct shape shape = { 0 };

	shape_read(x_child(c->request, "ItemShape"), &c->sim->settings, &shape);
	call_begin(c);
	for (const xmlNode *n = x_first(x_child(c->request, "ItemIds")); n;
	     n = x_next(n)) {
		struct sim_ref ref;
		const char *code;
		size_t before;

		if (call_item_fault(c))
			continue;
		if (!call_ref(c, n, &ref, &code) ||
		    (code = call_denied(ref.item->folder, SIM_RIGHT_READ)) != NULL) {
			call_error(c, code,
				   "The specified object was not found in the store.");
			continue;
		}
		before = c->out.len;
		call_ok(c);
		strbuf_add(&c->out, STR("<m:Items>"));
		if (!shape_write(&shape, &ref, &c->out)) {
			strbuf_cut(&c->out, before);
			call_error(c, "ErrorMimeContentConversionFailed",
				   "Mime content conversion failed.");
			continue;
		}
		strbuf_add(&c->out, STR("</m:Items>"));
		call_done(c);
	}
	call_end(c);
}
