/* Every ceiling of the mail fronts (IMAP, SMTP, POP3) in one place. */
#ifndef IMAPFRONT_LIMITS_H
#define IMAPFRONT_LIMITS_H

#define FRONT_MESSAGE_MAX 67108864 /* plain digits: CAPABILITY shows them */

enum front_limit {
	FRONT_SESSIONS_MAX = 2000, /* of one listener; further ones are told to go away */
	FRONT_STACK_BYTES = 512 * 1024, /* address space; 12 KiB are touched when idle */
	FRONT_UNAUTHENTICATED_MS = 60 * 1000, /* from connect to login, in all */
	FRONT_IDLE_MS = 30 * 60 * 1000, /* autologout, RFC 3501 section 5.4 */
	FRONT_READ_MS = 5 * 60 * 1000, /* for the rest of a line or literal begun */
	FRONT_WRITE_MS = 5 * 60 * 1000, /* for a client that takes nothing */
	FRONT_STOP_MS = 3 * 1000, /* for sessions to say good-bye at shutdown */
	FRONT_LOGIN_BYTES = 1024, /* login names, passwords, literals before login */
	FRONT_LINE_BYTES = 64 * 1024,
	FRONT_MESSAGE_BYTES = FRONT_MESSAGE_MAX, /* APPEND, DATA */
	FRONT_BAD_COMMANDS_MAX = 50, /* in a row, then the connection is closed */
	FRONT_GUESS_NAMES = 64, /* login names whose failures are remembered */
	FRONT_GUESS_FIRST_MS = 250, /* delay after one failure; doubles each time */
	FRONT_GUESS_MAX_MS = 15 * 1000,
};

#endif
