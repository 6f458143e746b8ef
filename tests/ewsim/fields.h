/* The typed properties of items, in the order in which the schema wants them. */
#ifndef EWSIM_FIELDS_H
#define EWSIM_FIELDS_H

#include "base/strbuf.h"
#include "tests/ewsim/sim.h"

/* What is shown: an item, or one occurrence of a series. */
struct sim_ref {
	struct sim_item *item; /* the master of an occurrence */
	bool occurrence;
	int64_t original; /* its slot */
};

struct facts; /* of one item while it is being written: shape.c */
typedef void field_writer(struct facts *f, struct strbuf *out);

enum { FIELD_DEFAULT = 1, FIELD_READONLY = 2, FIELD_ASKED = 4 /* only when named */ };

struct field {
	const char *element;
	unsigned kinds; /* bit 1 << enum sim_kind */
	unsigned flags;
	field_writer *write; /* NULL: only what was stored */
};

extern const struct field field_table[];
extern const size_t field_count;
int field_index(const char *element); /* first row with that name, or -1 */

enum { SHAPE_MAX_FIELDS = 200, SHAPE_MAX_EXTENDED = 64 };

struct shape_extended {
	char key[200];
	char path[320]; /* the ExtendedFieldURI element as answered */
};

struct shape {
	bool want[SHAPE_MAX_FIELDS];
	bool mime, find; /* find: FindItem leaves out what it cannot give */
	const char *body_type; /* HTML, Text or Best */
	struct shape_extended *extended;
	size_t extended_count;
};

struct _xmlNode;
/* shape_read() - an ItemShape element. */
void shape_read(const struct _xmlNode *node, const struct sim_settings *set,
		struct shape *s);
/* shape_everything() - as AllProperties, without ids of what is in no folder. */
void shape_everything(struct shape *s);
void shape_finish(struct shape *s);
/* property_set_guid() - of a DistinguishedPropertySetId, or NULL. */
const char *property_set_guid(struct str name);
/* path_extended() - key and echo of an ExtendedFieldURI; false if it is malformed. */
bool path_extended(const struct _xmlNode *node, struct shape_extended *out);
/* shape_write() - the whole item element; false: its MIME cannot be made. */
bool shape_write(const struct shape *s, const struct sim_ref *ref, struct strbuf *out);
/* item_id_write() - <element Id= ChangeKey=/> */
void item_id_write(const struct sim_ref *ref, const char *element, struct strbuf *out);
void folder_id_element(uint64_t id, const char *element, uint32_t change,
		       struct strbuf *out);
void folder_id_write(const struct sim_folder *f, const char *element, struct strbuf *out);
/* item_text() - the text of a typed property for searching and sorting. */
void item_text(const struct sim_ref *ref, const char *element, struct strbuf *out);
/* item_words() - the same for a search of words: of lists the names, addresses, texts. */
void item_words(const struct sim_ref *ref, const char *element, struct strbuf *out);
/* item_extended() - values of an extended property as <t:Value>s; false when absent. */
bool item_extended(const struct sim_ref *ref, const char *key, struct strbuf *out);

#endif
