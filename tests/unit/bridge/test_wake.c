/* bridge/wake: sources that a test makes news on; the system's own open and close. */
#include "tests/unit/test.h"

#include <pthread.h>
#include <unistd.h>

#include "base/clock.h"
#include "bridge/wake.h"

#define PATIENCE_MS 20000

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int looks, wakes;
static const char *last;

static const char *look(struct wake_source *source)
{
	char some[64];
	ssize_t got = read(source->fd, some, sizeof(some));

	pthread_mutex_lock(&lock);
	looks++;
	pthread_mutex_unlock(&lock);
	for (ssize_t i = 0; i < got; i++)
		if (some[i] == '!')
			return "the test said so";
	return NULL;
}

static void woken(void *context, const char *reason)
{
	pthread_mutex_lock(&lock);
	wakes++;
	last = reason;
	pthread_mutex_unlock(&lock);
}

static int value(const int *of)
{
	int now;

	pthread_mutex_lock(&lock);
	now = *of;
	pthread_mutex_unlock(&lock);
	return now;
}

static void wait_for(const int *of, int want)
{
	int64_t until_ms = clock_mono_ms() + PATIENCE_MS;

	while (value(of) < want && clock_mono_ms() < until_ms)
		clock_sleep_ms(10);
	assert_true(value(of) >= want);
}

static void say(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

/* What comes in a burst counts once; what is of no interest does not count. */
static void bursts(void **state)
{
	int ends[2];
	struct wake_source source = { .look = look };
	struct wake *wake;
	struct err err;

	assert_int_equal(pipe(ends), 0);
	source.fd = ends[0];
	ASSERT_OK(wake_start(&source, 1, woken, NULL, &wake, &err), err);
	say(ends[1], "!");
	say(ends[1], "!");
	say(ends[1], ".!");
	wait_for(&looks, 1);
	wait_for(&wakes, 1);
	assert_string_equal(last, "the test said so");
	say(ends[1], ".");
	wait_for(&looks, 2);
	say(ends[1], "!");
	wait_for(&wakes, 2);
	wake_stop(wake); /* closes the other end */
	assert_int_equal(value(&wakes), 2);
	close(ends[1]);
}

/* Stopped while a burst is waited out. */
static void stop_at_once(void **state)
{
	int ends[2], before = value(&wakes);
	struct wake_source source = { .look = look };
	struct wake *wake;
	struct err err;

	assert_int_equal(pipe(ends), 0);
	source.fd = ends[0];
	ASSERT_OK(wake_start(&source, 1, woken, NULL, &wake, &err), err);
	say(ends[1], "!");
	wake_stop(wake);
	assert_true(value(&wakes) - before <= 1);
	close(ends[1]);
}

/* Of this machine: its look finds nothing while nothing happens. */
static void system_sources(void **state)
{
	struct wake_source sources[WAKE_SOURCES_MAX];
	size_t count = wake_system(sources);
	struct wake *wake;
	struct err err;

	assert_true(count > 0);
	for (size_t i = 0; i < count; i++)
		(void)sources[i].look(&sources[i]);
	ASSERT_OK(wake_start(sources, count, woken, NULL, &wake, &err), err);
	wake_stop(wake);
	wake_stop(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bursts),
		cmocka_unit_test(stop_at_once),
		cmocka_unit_test(system_sources),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
