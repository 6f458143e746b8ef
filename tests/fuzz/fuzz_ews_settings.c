/* Answers about the directory and the settings of a mailbox. */
#include "tests/fuzz/ews_family.h"

FAMILY(try_names_resolve, try_people_find, try_person_get, try_group_expand, try_rooms,
       try_photo_get, try_oof_get, try_configuration_get, try_categories_get,
       try_delegates_get, try_rules_get, try_mailbox_address)
