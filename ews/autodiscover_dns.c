/* The query for SRV records, by the C library's resolver; autodiscover_read.c reads them.
 */
#include "ews/autodiscover_dns.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/macros.h"
#include "base/num.h"
#include "base/str.h"
#include "ews/autodiscover_read.h"

/* "192.0.2.1:53"; the resolver's table has room for IPv4 alone. */
static bool read_server(const char *text, struct sockaddr_in *server_r)
{
	struct str rest = str_from(text), address;
	struct sockaddr_in server = { .sin_family = AF_INET };
	char name[INET_ADDRSTRLEN];
	uint32_t port;

	if (!str_split(&rest, ':', &address) || address.len >= sizeof(name) ||
	    !num_u32(rest, &port) || port > UINT16_MAX)
		return false;
	snprintf(name, sizeof(name), "%.*s", STR_FMT(address));
	server.sin_port = htons((uint16_t)port);
	if (inet_pton(AF_INET, name, &server.sin_addr) != 1)
		return false;
	*server_r = server;
	return true;
}

/* One name server, two seconds, once more: a stop does not wait for long. */
static int query(const char *name, const char *name_server, unsigned char *answer,
		 int size)
{
	struct __res_state state = { 0 };
	int got = -1;

	if (res_ninit(&state) == 0) {
		state.retrans = 2;
		state.retry = 2;
		state.nscount = MIN_OF(state.nscount, 1);
		if (name_server)
			state.nscount = read_server(name_server, &state.nsaddr_list[0]);
		if (state.nscount > 0)
			got = res_nquery(&state, name, ns_c_in, ns_t_srv, answer, size);
	}
	res_nclose(&state);
	return got;
}

bool discover_srv(const char *domain, const char *name_server, char *host_r,
		  size_t host_size)
{
	unsigned char answer[4096];
	char name[300];
	int size;

	snprintf(name, sizeof(name), "_autodiscover._tcp.%s", domain);
	size = query(name, name_server, answer, sizeof(answer));
	return size > 0 && discover_read_srv(answer, MIN_OF((size_t)size, sizeof(answer)),
					     host_r, host_size);
}
