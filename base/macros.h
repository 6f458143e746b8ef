/* Compiler extensions that the project uses, and small helpers. Nothing else here. */
#ifndef BASE_MACROS_H
#define BASE_MACROS_H

/* Runs fn(&variable) when the variable goes out of scope. */
#define CLEANUP(fn) __attribute__((cleanup(fn)))
#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

/* The object lies in the section @name, together with all others of it. */
#define IN_SECTION(name) __attribute__((section(#name), used))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define MIN_OF(a, b) ((a) < (b) ? (a) : (b))
#define MAX_OF(a, b) ((a) > (b) ? (a) : (b))

#endif
