/* Between soap_read.c and soap_answer.c only. */
#ifndef EWS_SOAP_PARTS_H
#define EWS_SOAP_PARTS_H

#include <stdint.h>

struct soap_reader;

/* soap_note_busy() - the server is busy for @wait_ms; -1: it did not say how long. */
void soap_note_busy(struct soap_reader *r, int64_t wait_ms);

#endif
