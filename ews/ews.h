/*
 * A client of Exchange Web Services (Exchange 2010 SP2 to SE): typed requests and
 * results, typed errors. It knows nothing of the programs that use it.
 *
 *   ews_process_init() once; ews_account_new() for each mailbox; ews_conn_new() for each
 *   thread; then calls. Result structs are zeroed before their first use and cleaned by
 *   their finish function, after failures too; they can be used again.
 */
#ifndef EWS_EWS_H
#define EWS_EWS_H

#include "ews/account.h"
#include "ews/autodiscover.h"
#include "ews/calendar.h"
#include "ews/content.h"
#include "ews/directory.h"
#include "ews/edit.h"
#include "ews/folder.h"
#include "ews/item.h"
#include "ews/notify.h"
#include "ews/people.h"
#include "ews/quota.h"
#include "ews/settings.h"
#include "ews/status.h"
#include "ews/types.h"

#endif
