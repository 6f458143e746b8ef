/* The DNS' word about Autodiscover, for autodiscover.c. */
#ifndef EWS_AUTODISCOVER_DNS_H
#define EWS_AUTODISCOVER_DNS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * discover_srv() - ask for the SRV records _autodiscover._tcp.@domain
 * @name_server: as in struct ews_discover_config
 * @host_r:      the host of the best record of port 443
 * Return: false: there is none, or no answer within some seconds.
 * Blocks: network. Source: RFC 2782, [MS-OXDISCO] section 3.1.5.
 */
bool discover_srv(const char *domain, const char *name_server, char *host_r,
		  size_t host_size);

#endif
