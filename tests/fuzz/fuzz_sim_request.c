/*
 * The simulator's reader of requests: any octets as the body of a POST, to a small
 * mailbox that is new for each, so that ids are the same every time. No crash, no hang.
 */
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>

#include <libxml/parser.h>

#include "base/mem.h"
#include "tests/ewsim/server.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char mail[] =
	"From: Ada <ada@example.test>\r\nTo: <alice@example.test>\r\n"
	"Subject: Hello\r\nMIME-Version: 1.0\r\n"
	"Content-Type: multipart/mixed; boundary=\"_boundary_\"\r\n\r\n"
	"--_boundary_\r\nContent-Type: text/html\r\n\r\n<b>x</b>\r\n"
	"--_boundary_\r\nContent-Disposition: attachment; "
	"filename=a.txt\r\n\r\ny\r\n--_boundary_--\r\n";

static void fill(struct sim *sim)
{
	struct sim_user *alice = sim_user_add(sim, "alice@example.test", NULL, "alice");
	struct sim_mail m = { .mime = str_from(mail), .received_unix = 1700000000 };
	static const struct sim_attendee bob = { "Bob", "bob@example.test", SIM_REQUIRED,
						 NULL };
	struct sim_event e = {
		.subject = "Series",
		.start_unix = 1700000000,
		.end_unix = 1700003600,
		.attendees = &bob,
		.attendee_count = 1,
		.recurrence = { .pattern = SIM_DAILY, .interval = 1, .count = 5 },
	};

	sim_user_add(sim, "bob@example.test", NULL, "bob");
	sim_mail_add(sim_folder_special(alice, "inbox"), &m);
	m.draft = true;
	sim_mail_add(sim_folder_special(alice, "drafts"), &m);
	sim_event_add(sim_folder_special(alice, "calendar"), &e);
	sim->stopping = true; /* streams end at once */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ewsim server = { .sim = sim_new() };
	struct connection c = { .server = &server };
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	xmlInitParser();
	if (fd < 0)
		abort();
	fill(server.sim);
	stream_init(&c.stream, fd, 1000, 1000);
	c.settings = server.sim->settings;
	c.takes_gzip = size % 2;
	(void)!soap_handle(&c, server.sim->users[0], str_make((const char *)data, size));
	stream_finish(&c.stream);
	sim_free(server.sim);
	return 0;
}
