/* Answers about folders, and what changed. */
#include "tests/fuzz/ews_family.h"

FAMILY(try_folder_get, try_folder_find, try_folder_sync, try_folder_create, try_item_sync,
       try_folder_rename, try_folder_copy)
