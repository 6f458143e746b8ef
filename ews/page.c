/* Pages of FindItem and FindFolder: [MS-OXWSSRCH] section 2.2.4. */
#include "base/num.h"
#include "ews/read.h"

bool ews_read_rows(struct soap_reader *r, const char *list,
		   void (*row)(struct soap_reader *r, void *context), void *context,
		   struct ews_page *page)
{
	struct str last = soap_attr(r, "IncludesLastItemInRange");
	uint32_t rows = 0;
	bool told;
	int depth = soap_depth(r);

	if (!soap_is(r, "RootFolder"))
		return false;
	page->last = !str_eq(last, STR("false")) && !str_eq(last, STR("0"));
	told = num_u32(soap_attr(r, "IndexedPagingOffset"), &page->next_offset);
	if (!num_i64(soap_attr(r, "TotalItemsInView"), &page->total))
		page->total = -1;
	while (soap_child(r, depth)) {
		if (!soap_is(r, list))
			continue;
		for (; soap_child(r, depth + 1); rows++)
			row(r, context);
	}
	if (!told)
		page->next_offset = page->offset + rows;
	return true;
}

void soap_put_page(struct soap_writer *w, const char *name, uint32_t offset, uint32_t max)
{
	soap_open(w, name);
	soap_put_attr_int(w, "MaxEntriesReturned", max);
	soap_put_attr_int(w, "Offset", offset);
	soap_put_attr(w, "BasePoint", "Beginning");
	soap_close(w);
}

void soap_put_order(struct soap_writer *w, const char *order)
{
	soap_open(w, "m:SortOrder");
	soap_open(w, "t:FieldOrder");
	soap_put_attr(w, "Order", order);
	soap_put_field(w, "item:DateTimeReceived");
	soap_close(w);
	soap_close(w);
}
