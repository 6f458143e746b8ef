/* Between structure.c and content.c only. */
#ifndef BRIDGE_MIME_CONTENT_READ_H
#define BRIDGE_MIME_CONTENT_READ_H

#include "bridge/mime/structure.h"

/* mime_content_read() - fill the Content-* members of @part from its header. */
void mime_content_read(struct mime_tree *tree, struct mime_part *part);

#endif
