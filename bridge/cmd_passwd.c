/* passerelle passwd: reads a password, prints the line for bridge-password-file. */
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/crypto.h"

#include "bridge/cmd.h"
#include "bridge/password.h"

static bool read_quietly(char *into, int size)
{
	struct termios old, quiet;
	bool terminal = tcgetattr(STDIN_FILENO, &old) == 0;
	bool ok;

	if (terminal) {
		fputs("Password for mail programs: ", stderr);
		quiet = old;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	}
	ok = fgets(into, size, stdin) != NULL;
	if (terminal) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
		fputc('\n', stderr);
	}
	into[ok ? strcspn(into, "\r\n") : 0] = '\0';
	return ok && into[0];
}

static int run(int argc, char **argv)
{
	CLEANUP(strbuf_finish) struct strbuf line = STRBUF(256);
	char password[1024];
	struct err err;
	bool ok;

	if (argc > 1)
		return cmd_usage(&cmd_passwd, argv[1]);
	if (!read_quietly(password, sizeof(password)))
		return cmd_usage(&cmd_passwd, NULL);
	ok = password_hash(str_from(password), &line, &err);
	crypto_wipe(password, sizeof(password));
	if (!ok)
		return cmd_fail(&err);
	puts(strbuf_cstr(&line));
	return 0;
}

const struct cmd cmd_passwd = { "passwd", "", "hash a password for bridge-password-file",
				run };
