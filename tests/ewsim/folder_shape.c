/* FolderShape in, folder elements out. */
#include "tests/ewsim/call.h"

#include "base/mem.h"
#include "tests/ewsim/version.h"

void folder_shape_read(const xmlNode *node, struct folder_shape *s)
{
	s->all = !str_eq(x_short(x_child(node, "BaseShape")), STR("IdOnly"));
	for (const xmlNode *n = x_first(x_child(node, "AdditionalProperties")); n;
	     n = x_next(n)) {
		if (!x_is(n, "ExtendedFieldURI")) {
			s->all = true; /* cheap enough to give them all */
			continue;
		}
		s->extended = mem_resize(s->extended, s->extended_count + 1,
					 sizeof(*s->extended));
		if (path_extended(n, &s->extended[s->extended_count]))
			s->extended_count++;
	}
}

void folder_shape_finish(struct folder_shape *s)
{
	free(s->extended);
}

static const char *element_of(const struct sim_folder *f)
{
	struct str c = str_from(f->folder_class);

	if (str_starts(c, STR("IPF.Appointment")))
		return "CalendarFolder";
	if (str_starts(c, STR("IPF.Contact")))
		return "ContactsFolder";
	return str_starts(c, STR("IPF.Task")) ? "TasksFolder" : "Folder";
}

static int64_t size_of(const struct sim_folder *f)
{
	int64_t bytes = 0;

	for (size_t i = 0; i < f->slot_count; i++)
		if (f->slots[i].item)
			bytes += sim_item_size(f->slots[i].item);
	return bytes;
}

static bool is_root(const struct sim_folder *f)
{
	return f->special && strcmp(f->special, "root") == 0;
}

bool folder_extended(const struct sim_folder *f, const char *key, struct strbuf *out)
{
	bool counters = f->user->sim->settings.folder_counters;
	int64_t quota = f->user->sim->settings.quota_kib;

	if (strcmp(key, "0x10f4:Boolean") == 0)
		x_bool(out, "t:Value", f->hidden);
	else if (strcmp(key, "0x3602:Integer") == 0)
		x_int(out, "t:Value", (int64_t)f->live);
	else if (strcmp(key, "0x3603:Integer") == 0)
		x_int(out, "t:Value", (int64_t)f->unread);
	else if (strcmp(key, "0x360a:Boolean") == 0)
		x_bool(out, "t:Value", sim_folder_children(f) > 0);
	else if (strcmp(key, "0x3613:String") == 0)
		x_text(out, "t:Value", str_from(f->folder_class));
	else if (strcmp(key, "0x670a:SystemTime") == 0 && counters)
		x_time(out, "t:Value", f->commit_time);
	else if (strcmp(key, "0x670b:Integer") == 0 && counters)
		x_int(out, "t:Value", (int64_t)f->deleted_total);
	else if (strcmp(key, "0x0e08:Long") == 0)
		x_int(out, "t:Value", size_of(f));
	else if (is_root(f) && quota && strcmp(key, "0x3ff5:Integer") == 0)
		x_int(out, "t:Value", quota / 10 * 9);
	else if (is_root(f) && quota && strcmp(key, "0x666e:Integer") == 0)
		x_int(out, "t:Value", quota / 20 * 19);
	else if (is_root(f) && quota && strcmp(key, "0x666a:Integer") == 0)
		x_int(out, "t:Value", quota);
	else if (strcmp(key, "0x6751:Integer") == 0)
		x_int(out, "t:Value", f->next_article);
	else
		for (size_t i = 0; i < f->prop_count; i++)
			if (strcmp(f->props[i].key, key) == 0)
				x_text(out, "t:Value", str_from(f->props[i].values[0]));
	return out->len > 0;
}

static const char *const right_names[SIM_RIGHT_COUNT] = {
	"CreateAssociated", "CreateContents", "CreateHierarchy",  "Delete",
	"Modify",	    "Read",	      "ViewPrivateItems",
};

bool folder_rights_read(struct str names, unsigned *lacks_r)
{
	unsigned lacks = (1u << SIM_RIGHT_COUNT) - 1;
	struct str name;

	while (names.len > 0 && str_split(&names, ',', &name)) {
		size_t i = 0;

		while (i < SIM_RIGHT_COUNT && !str_eq(name, str_from(right_names[i])))
			i++;
		if (i == SIM_RIGHT_COUNT)
			return false;
		lacks &= ~(1u << i);
	}
	*lacks_r = lacks;
	return true;
}

static void rights(const struct sim_folder *f, struct strbuf *out)
{
	strbuf_add(out, STR("<t:EffectiveRights>"));
	for (size_t i = 0; i < SIM_RIGHT_COUNT; i++) {
		const char *has = f->lacks & 1u << i ? "false" : "true";

		strbuf_addf(out, "<t:%s>%s</t:%s>", right_names[i], has, right_names[i]);
	}
	strbuf_add(out, STR("</t:EffectiveRights>"));
}

void folder_write(const struct folder_shape *s, const struct sim_folder *f,
		  struct strbuf *out)
{
	const char *element = element_of(f);
	CLEANUP(strbuf_finish) struct strbuf v = STRBUF(1 << 16);

	strbuf_addf(out, "<t:%s>", element);
	folder_id_write(f, "t:FolderId", out);
	if (s->all) {
		if (f->parent)
			folder_id_write(f->parent, "t:ParentFolderId", out);
		if (f->folder_class[0])
			x_text(out, "t:FolderClass", str_from(f->folder_class));
		x_text(out, "t:DisplayName", str_from(f->name));
		x_int(out, "t:TotalCount", (int64_t)f->live);
		x_int(out, "t:ChildFolderCount", (int64_t)sim_folder_children(f));
	}
	for (size_t i = 0; i < s->extended_count; i++) {
		strbuf_reset(&v);
		if (folder_extended(f, s->extended[i].key, &v))
			strbuf_addf(out, "<t:ExtendedProperty>%s%s</t:ExtendedProperty>",
				    s->extended[i].path, strbuf_cstr(&v));
	}
	if (s->all) {
		rights(f, out);
		if (f->special && f->user->sim->settings.max_version >= V2013)
			x_text(out, "t:DistinguishedFolderId", str_from(f->special));
		if (strcmp(element, "Folder") == 0 || strcmp(element, "TasksFolder") == 0)
			x_int(out, "t:UnreadCount", (int64_t)f->unread);
	}
	strbuf_addf(out, "</t:%s>", element);
}
