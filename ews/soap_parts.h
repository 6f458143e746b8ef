/* Between soap_read.c and soap_answer.c only. */
#ifndef EWS_SOAP_PARTS_H
#define EWS_SOAP_PARTS_H

#include "ews/soap_read.h"

/* What an answer says besides its content. */
struct soap_notes {
	bool is_busy;
	struct soap_busy busy;
	struct ews_status refused; /* our schema version is, when not OK */
	struct ews_server server;
};
struct soap_notes *soap_notes(struct soap_reader *r);

#endif
