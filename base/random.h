/* Random bytes from the kernel, good enough for keys and marks. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>

#include "base/strbuf.h"

void random_bytes(void *out, size_t len); /* aborts if the kernel has none */
/* random_hex() - append 2 * @bytes hexadecimal digits. */
void random_hex(size_t bytes, struct strbuf *out);

#endif
