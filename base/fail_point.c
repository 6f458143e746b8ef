/* Fail points: see fail_point.h. */
#include "base/fail_point.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/log.h"
#include "base/num.h"

int fail_points_state = -1;

/* Set once, before the state leaves -1. */
static struct {
	const char *log;
	struct str name;
	uint32_t nth;
} wanted;
static uint32_t passes; /* of the wanted one, atomic */

/* The linker's names for the bounds of the section. */
extern const char *const __start_fail_points[], *const __stop_fail_points[];

static void read_environment(void)
{
	const char *fail = getenv("PASSERELLE_FAIL");
	struct str rest = str_from(fail ? fail : ""), name = STR_NONE;

	wanted.log = getenv("PASSERELLE_FAIL_LOG");
	wanted.nth = 1;
	if (fail && str_split(&rest, ':', &name)) {
		wanted.name = name;
		if (rest.len > 0 && !num_u32(rest, &wanted.nth))
			log_error("fail", "PASSERELLE_FAIL: '%s' is not NAME:N", fail);
	}
	__atomic_store_n(&fail_points_state, fail || wanted.log ? 1 : 0,
			 __ATOMIC_RELEASE);
}

/* One write, so that lines of several threads and of a dying process stay whole. */
static void note(const char *name)
{
	struct iovec parts[] = { { (char *)name, strlen(name) }, { (char *)"\n", 1 } };
	int fd = open(wanted.log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	if (fd < 0)
		return;
	if (writev(fd, parts, 2) < 0)
		log_error("fail", "cannot write %s", wanted.log);
	close(fd);
}

void fail_point_pass(const char *name)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, read_environment);
	if (wanted.log)
		note(name);
	if (wanted.name.p && str_eq(wanted.name, str_from(name)) &&
	    __atomic_add_fetch(&passes, 1, __ATOMIC_RELAXED) == wanted.nth)
		kill(getpid(), SIGKILL);
}

const char *fail_point_list(size_t at)
{
	size_t count = (size_t)(__stop_fail_points - __start_fail_points);

	return at < count ? __start_fail_points[at] : NULL;
}
