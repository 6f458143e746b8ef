/*
 * Memory of small, known sizes: running out aborts the process (as Dovecot and Postfix
 * do). Sizes that come from a peer are checked against a named limit before they get
 * here.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

void *mem_alloc(size_t size); /* zeroed */
void *mem_array(size_t count, size_t size); /* zeroed; overflow aborts */
void *mem_resize(void *old, size_t count, size_t size); /* new part not zeroed */
char *mem_strdup(const char *text); /* NULL gives NULL */
char *mem_strndup(const char *text, size_t len); /* NUL-terminated copy */
void mem_free_ptr(void *pointer_to_pointer); /* for CLEANUP on any T * */

/* Grows @array (of @size bytes an element) so that index @count can be written. */
void *mem_grow(void *array, size_t count, size_t *capacity, size_t size);

/* qsort() for what mostly comes in order: then it only looks. */
void mem_sort(void *items, size_t count, size_t size,
	      int (*compare)(const void *a, const void *b));

/* mem_process_init() - before the first thread: what is freed goes back to the system,
 * also large buffers of many threads. */
void mem_process_init(void);
/* mem_rest() - give back what is free now. */
void mem_rest(void);

#endif
