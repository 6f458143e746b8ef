/* The subject without "Re:" and its kin: base subject, RFC 5256 section 2.1. */
#ifndef BRIDGE_MIME_SUBJECT_H
#define BRIDGE_MIME_SUBJECT_H

#include <stdbool.h>

#include "base/strbuf.h"

/*
 * mime_base_subject() - append the base subject
 * @utf8: the subject, unfolded and decoded
 * Return: was something taken off that marks a reply or a forward?
 */
bool mime_base_subject(struct str utf8, struct strbuf *out);

#endif
