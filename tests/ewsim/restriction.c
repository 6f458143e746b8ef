/* Restrictions of FindItem and FindFolder on stored and computed properties. */
#include "tests/ewsim/find.h"

#include "base/num.h"

enum { MAX_DEPTH = 32, MAX_TEXT = 256 << 20 };

/* What is looked at: an item, or a folder. */
struct subject {
	const struct sim_ref *ref;
	const struct sim_folder *folder;
};

static bool folder_value(const xmlNode *path, const struct sim_folder *f,
			 struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf xml = STRBUF(1 << 20);
	struct str uri = x_attr(path, "FieldURI");
	struct shape_extended e;

	if (x_is(path, "ExtendedFieldURI")) {
		if (!path_extended(path, &e) || !folder_extended(f, e.key, &xml))
			return false;
		x_plain(out, strbuf_cstr(&xml));
	} else if (str_eq(uri, STR("folder:DisplayName"))) {
		strbuf_add_cstr(out, f->name);
	} else if (str_eq(uri, STR("folder:FolderClass"))) {
		strbuf_add_cstr(out, f->folder_class);
	} else if (str_eq(uri, STR("folder:TotalCount"))) {
		strbuf_addf(out, "%zu", f->live);
	} else if (str_eq(uri, STR("folder:UnreadCount"))) {
		strbuf_addf(out, "%zu", f->unread);
	} else if (str_eq(uri, STR("folder:ChildFolderCount"))) {
		strbuf_addf(out, "%zu", sim_folder_children(f));
	}
	return out->len > 0;
}

static bool item_value(const xmlNode *path, const struct sim_ref *ref, struct strbuf *out)
{
	struct shape_extended e;
	struct str uri = x_attr(path, "FieldURI");
	ptrdiff_t colon = str_find_char(uri, ':');
	char name[64];

	if (x_is(path, "ExtendedFieldURI")) {
		CLEANUP(strbuf_finish) struct strbuf xml = STRBUF(MAX_TEXT);

		if (!path_extended(path, &e) || !item_extended(ref, e.key, &xml))
			return false;
		x_plain(out, strbuf_cstr(&xml));
		return true;
	}
	snprintf(name, sizeof(name), "%.*s",
		 STR_FMT(str_sub(uri, (size_t)(colon + 1), 60)));
	item_text(ref, name, out);
	return out->len > 0;
}

/* The text behind a path. Return: false when the property is absent. */
static bool value_of(const xmlNode *path, const struct subject *of, struct strbuf *out)
{
	return of->folder ? folder_value(path, of->folder, out)
			  : item_value(path, of->ref, out);
}

static struct str boolean(struct str s)
{
	return str_eq(s, STR("true")) ? STR("1") : str_eq(s, STR("false")) ? STR("0") : s;
}

int find_compare(struct str a, struct str b)
{
	int64_t x, y;
	bool local;
	size_t n;

	if (a.len > 10 && b.len > 10 && x_time_parse(a, &x, &local) &&
	    x_time_parse(b, &y, &local))
		return (x > y) - (x < y);
	a = boolean(a);
	b = boolean(b);
	n = MIN_OF(a.len, b.len);
	if (num_i64(a, &x) && num_i64(b, &y))
		return (x > y) - (x < y);
	for (size_t i = 0; i < n; i++) {
		int d = (unsigned char)str_lower_char(a.p[i]) -
			(unsigned char)str_lower_char(b.p[i]);

		if (d)
			return d;
	}
	return (a.len > b.len) - (a.len < b.len);
}

static bool contains(const xmlNode *r, struct str text)
{
	struct str needle = x_attr(x_child(r, "Constant"), "Value");
	struct str mode = x_attr(r, "ContainmentMode"),
		   how = x_attr(r, "ContainmentComparison");
	bool exact_case = str_eq(how, STR("Exact"));

	if (str_eq(mode, STR("FullString")))
		return exact_case ? str_eq(text, needle)
				  : find_compare(text, needle) == 0;
	if (str_starts(mode, STR("Prefix")))
		return exact_case ? str_starts(text, needle)
				  : str_starts_nocase(text, needle);
	return (exact_case ? str_find(text, needle) : str_find_nocase(text, needle)) >= 0;
}

static bool compare(const xmlNode *r, const xmlNode *path, const struct subject *of)
{
	CLEANUP(strbuf_finish) struct strbuf v = STRBUF(MAX_TEXT), w = STRBUF(MAX_TEXT);
	const xmlNode *other = x_first(x_child(r, "FieldURIOrConstant"));
	bool there = value_of(path, of, &v);
	int d;

	if (x_is(r, "Exists"))
		return there;
	if (x_is(r, "Contains"))
		return there && contains(r, strbuf_str(&v));
	if (x_is(other, "Constant"))
		strbuf_add(&w, x_attr(other, "Value"));
	else
		value_of(other, of, &w);
	d = find_compare(strbuf_str(&v), strbuf_str(&w));
	if (x_is(r, "IsNotEqualTo"))
		return d != 0;
	if (!there)
		return false;
	if (x_is(r, "IsEqualTo"))
		return d == 0;
	if (x_is(r, "IsGreaterThan"))
		return d > 0;
	if (x_is(r, "IsGreaterThanOrEqualTo"))
		return d >= 0;
	if (x_is(r, "IsLessThan"))
		return d < 0;
	return x_is(r, "IsLessThanOrEqualTo") && d <= 0;
}

static bool match(const xmlNode *r, const struct subject *of, int depth)
{
	bool and = x_is(r, "And");

	if (!r || depth > MAX_DEPTH)
		return true;
	if (x_is(r, "Not"))
		return !match(x_first(r), of, depth + 1);
	if (!and&&!x_is(r, "Or"))
		return compare(r, x_first(r), of);
	for (const xmlNode *n = x_first(r); n; n = x_next(n))
		if (match(n, of, depth + 1) != and)
			return !and;
	return and;
}

bool find_match(const xmlNode *restriction, const struct sim_ref *ref)
{
	return match(x_first(restriction), &(struct subject){ ref, NULL }, 0);
}

bool find_folder_match(const xmlNode *restriction, const struct sim_folder *f)
{
	return match(x_first(restriction), &(struct subject){ NULL, f }, 0);
}

void find_key(const xmlNode *path, const struct sim_ref *ref, struct strbuf *out)
{
	(void)item_value(path, ref, out);
}
