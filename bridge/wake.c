/*
 * See wake.h. Sleep: a timer on the wall clock that is cancelled when that clock jumps,
 * which it does when the machine resumes; the monotonic clock stood still meanwhile, the
 * boot-time clock did not. Network: netlink tells of links and addresses, also when an
 * address was only confirmed, so that their list is compared.
 */
#include "bridge/wake.h"

#include <errno.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#define BURST_MS 500
#define SLEPT_MS 2000 /* less is not worth a look */
#define FAR_S ((time_t)1 << 32) /* when the timer would go off by itself */

struct wake {
	struct wake_source sources[WAKE_SOURCES_MAX];
	size_t count;
	wake_fn *fn;
	void *context;
	int stop_fd;
	pthread_t thread;
	atomic_bool stopping;
};

/* ---- sleep ---------------------------------------------------------------------------
 */

static unsigned long long slept_ms(void)
{
	struct timespec boot, mono;

	clock_gettime(CLOCK_BOOTTIME, &boot);
	clock_gettime(CLOCK_MONOTONIC, &mono);
	return (unsigned long long)((boot.tv_sec - mono.tv_sec) * 1000 +
				    (boot.tv_nsec - mono.tv_nsec) / 1000000);
}

static bool timer_arm(int fd)
{
	struct itimerspec far = { .it_value.tv_sec = FAR_S };

	return timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &far,
			       NULL) == 0;
}

static const char *look_sleep(struct wake_source *source)
{
	unsigned long long now = slept_ms(), before = source->seen;
	uint64_t count;
	ssize_t got = read(source->fd, &count, sizeof(count));

	(void)got; /* ECANCELED: the clock jumped */
	(void)timer_arm(source->fd);
	source->seen = now;
	return now > before + SLEPT_MS ? "the machine slept" : NULL;
}

static bool open_sleep(struct wake_source *source)
{
	int fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);

	*source = (struct wake_source){ fd, look_sleep, slept_ms() };
	if (fd >= 0 && timer_arm(fd))
		return true;
	if (fd >= 0)
		close(fd);
	return false;
}

/* ---- network -------------------------------------------------------------------------
 */

static unsigned long long mix(unsigned long long sum, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < len; i++)
		sum = (sum ^ p[i]) * 1099511628211u;
	return sum;
}

static unsigned long long address_sum(const struct ifaddrs *a)
{
	unsigned flags = a->ifa_flags & (IFF_UP | IFF_RUNNING);
	unsigned long long sum = mix(14695981039346656037u, a->ifa_name,
				     strlen(a->ifa_name));

	sum = mix(sum, &flags, sizeof(flags));
	if (a->ifa_addr && a->ifa_addr->sa_family == AF_INET)
		sum = mix(sum, &((const struct sockaddr_in *)a->ifa_addr)->sin_addr,
			  sizeof(struct in_addr));
	if (a->ifa_addr && a->ifa_addr->sa_family == AF_INET6)
		sum = mix(sum, &((const struct sockaddr_in6 *)a->ifa_addr)->sin6_addr,
			  sizeof(struct in6_addr));
	return sum;
}

/* Of all links and addresses, in any order. */
static unsigned long long network_sum(void)
{
	struct ifaddrs *list = NULL;
	unsigned long long sum = 0;

	if (getifaddrs(&list) != 0)
		return 0;
	for (const struct ifaddrs *a = list; a; a = a->ifa_next)
		if (!(a->ifa_flags & IFF_LOOPBACK))
			sum += address_sum(a);
	freeifaddrs(list);
	return sum;
}

static const char *look_network(struct wake_source *source)
{
	unsigned long long now, before = source->seen;
	char some[8192];

	while (recv(source->fd, some, sizeof(some), MSG_DONTWAIT) > 0 || errno == ENOBUFS)
		errno = 0;
	now = source->seen = network_sum();
	return now != before ? "the network changed" : NULL;
}

static bool open_network(struct wake_source *source)
{
	struct sockaddr_nl all = { .nl_family = AF_NETLINK,
				   .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR |
						RTMGRP_IPV6_IFADDR };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			NETLINK_ROUTE);

	*source = (struct wake_source){ fd, look_network, network_sum() };
	if (fd >= 0 && bind(fd, (struct sockaddr *)&all, sizeof(all)) == 0)
		return true;
	if (fd >= 0)
		close(fd);
	return false;
}

size_t wake_system(struct wake_source sources[WAKE_SOURCES_MAX])
{
	size_t count = 0;

	count += open_sleep(&sources[count]);
	count += open_network(&sources[count]);
	return count;
}

/* ---- the thread ----------------------------------------------------------------------
 */

static void run_once(struct wake *wake)
{
	struct pollfd fds[WAKE_SOURCES_MAX + 1] = { { wake->stop_fd, POLLIN, 0 } };
	const char *reason = NULL;

	for (size_t i = 0; i < wake->count; i++)
		fds[i + 1] = (struct pollfd){ wake->sources[i].fd, POLLIN, 0 };
	if (poll(fds, wake->count + 1, -1) <= 0 || fds[0].revents)
		return;
	/* Links and addresses come one by one. */
	if (poll(fds, 1, BURST_MS) > 0)
		return;
	for (size_t i = 0; i < wake->count; i++) {
		const char *one = wake->sources[i].look(&wake->sources[i]);

		reason = reason ? reason : one;
	}
	if (reason)
		wake->fn(wake->context, reason);
}

static void *run(void *arg)
{
	struct wake *wake = arg;

	while (!atomic_load(&wake->stopping))
		run_once(wake);
	return NULL;
}

static void wake_free(struct wake *wake)
{
	for (size_t i = 0; i < wake->count; i++)
		close(wake->sources[i].fd);
	if (wake->stop_fd >= 0)
		close(wake->stop_fd);
	free(wake);
}

bool wake_start(const struct wake_source *sources, size_t count, wake_fn *fn,
		void *context, struct wake **wake_r, struct err *err)
{
	struct wake *wake = mem_alloc(sizeof(*wake));
	int rc;

	wake->count = MIN_OF(count, (size_t)WAKE_SOURCES_MAX);
	for (size_t i = 0; i < wake->count; i++)
		wake->sources[i] = sources[i];
	wake->fn = fn;
	wake->context = context;
	wake->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	rc = wake->stop_fd < 0 ? errno : pthread_create(&wake->thread, NULL, run, wake);
	if (rc != 0) {
		wake_free(wake);
		return err_errno(err, ERR_BROKEN, rc, "cannot start a thread");
	}
	*wake_r = wake;
	return true;
}

void wake_stop(struct wake *wake)
{
	uint64_t one = 1;
	ssize_t put;

	if (!wake)
		return;
	atomic_store(&wake->stopping, true);
	put = write(wake->stop_fd, &one, sizeof(one));
	(void)put;
	pthread_join(wake->thread, NULL);
	wake_free(wake);
}
