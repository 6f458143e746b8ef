/* Answers about mail: items, MIME, contents, attachments, export, writes. */
#include "tests/fuzz/ews_family.h"

FAMILY(try_item_get, try_item_get_mime, try_item_get_content, try_attachment_get,
       try_item_find, try_item_create, try_item_update, try_item_move, try_item_send,
       try_export, try_attachment_create, try_attachment_delete, try_junk, try_upload,
       try_item_list)
