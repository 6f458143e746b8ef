/* Throttling: requests in flight, calls of Sync*, open streams. */
#include "tests/ewsim/throttle.h"

static bool is_sync(const struct call *c)
{
	return str_starts(str_from(c->op), STR("SyncFolder"));
}

static bool is_stream(const struct call *c)
{
	return strcmp(c->op, "GetStreamingEvents") == 0;
}

static bool over(int64_t limit, unsigned count)
{
	return limit && count > (uint64_t)limit;
}

const char *throttle_enter(struct call *c, char *values, size_t size)
{
	struct sim_user *u = c->user;
	const struct sim_settings *set = &c->sim->settings;
	const char *code = NULL, *policy = NULL;
	int64_t limit = 0;

	pthread_mutex_lock(&c->sim->lock);
	/* an open stream counts among the streams alone */
	if (is_stream(c))
		u->streams++;
	else
		u->in_flight++;
	u->sync_calls += is_sync(c);
	if (over(set->max_concurrency, u->in_flight)) {
		policy = "MaxConcurrency";
		limit = set->max_concurrency;
	} else if (over(set->max_streams, u->streams) && is_stream(c)) {
		policy = "HangingConnectionLimit";
		limit = set->max_streams;
	}
	if (policy) {
		code = "ErrorExceededConnectionCount";
		snprintf(values, size,
			 "<t:Value Name=\"Policy\">%s</t:Value>"
			 "<t:Value Name=\"MaxConcurrencyLimit\">%lld</t:Value>",
			 policy, (long long)limit);
	} else if (over(set->max_sync_calls, u->sync_calls) && is_sync(c)) {
		code = "ErrorServerBusy";
		snprintf(
			values, size,
			"<m:MessageXml><t:Value Name=\"BackOffMilliseconds\">%d</t:Value>"
			"</m:MessageXml>",
			200);
	}
	pthread_mutex_unlock(&c->sim->lock);
	return code;
}

void throttle_leave(struct call *c)
{
	struct sim_user *u = c->user;

	pthread_mutex_lock(&c->sim->lock);
	if (is_stream(c))
		u->streams--;
	else
		u->in_flight--;
	u->sync_calls -= is_sync(c);
	pthread_mutex_unlock(&c->sim->lock);
}
