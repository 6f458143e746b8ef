/* Sample mailbox: the people, and what bob has; all invented. */
#include "tests/ewsim/demo_data.h"

const struct demo_person demo_people[DEMO_WHO_COUNT] = {
	[ALICE] = { "Alice Brückner", "alice@example.test", "UTF-8", 60 },
	[BOB] = { "Bob Lindqvist", "bob@example.test", "UTF-8", 0 },
	[CHLOE] = { "Chloé Marchand", "chloe@acier.example.test", "ISO-8859-1", 60 },
	[DMITRI] = { "Дмитрий Лесной", "dmitri@seil.example.test", "KOI8-R", 180 },
	[KEN] = { "橋本 健", "ken@hashi.example.test", "ISO-2022-JP", 540 },
	[LI] = { "林 晓雨", "li@qiao.example.test", "GB18030", 480 },
	[FRIEDA] = { "Frieda Oppermann", "frieda@example.test", "ISO-8859-1", 60 },
	[GRACE] = { "Grace O'Malley-Reed", "grace@wind.example.test", "UTF-8", -480 },
	[HENRIK] = { "Henrik Ågren", "henrik@example.test", "windows-1252", 60 },
	[BAUAMT] = { "Bauamt, Stelle 3", "stelle3@stadt.example.test", "UTF-8", 60 },
	[NEWS] = { "Steg & Strom", "brief@news.example.test", "UTF-8", 0 },
	[ROBOT] = { "Rechenknecht", "robot@example.test", "UTF-8", 0 },
	[BOOKS] = { "Buchhaltung", "buchhaltung@example.test", "UTF-8", 60 },
	[LIST] = { "Stegbau-Liste", "stegbau@lists.example.test", "UTF-8", 0 },
	[LOTTERY] = { "PRIZE OFFICE", "winner@lucky.example.test", "UTF-8", -300 },
	[TEAM] = { "Team Brücke", "team-bruecke@example.test", "UTF-8", 60 },
};

static const struct demo_folder plain_folders[] = {
	{ "inbox", NULL, "Inbox", "inbox", "IPF.Note" },
	{ "drafts", NULL, "Drafts", "drafts", "IPF.Note" },
	{ "sent", NULL, "Sent Items", "sentitems", "IPF.Note" },
	{ "deleted", NULL, "Deleted Items", "deleteditems", "IPF.Note" },
	{ "junk", NULL, "Junk Email", "junkemail", "IPF.Note" },
	{ "outbox", NULL, "Outbox", "outbox", "IPF.Note" },
	{ "calendar", NULL, "Calendar", "calendar", "IPF.Appointment" },
	{ "contacts", NULL, "Contacts", "contacts", "IPF.Contact" },
	{ "tasks", NULL, "Tasks", "tasks", "IPF.Task" },
	{ "notes", NULL, "Notes", "notes", "IPF.StickyNote" },
};
static const struct demo_folder bob_folders[] = {
	{ "inbox", NULL, "Inbox", "inbox", "IPF.Note" },
	{ "drafts", NULL, "Drafts", "drafts", "IPF.Note" },
	{ "sent", NULL, "Sent Items", "sentitems", "IPF.Note" },
	{ "deleted", NULL, "Deleted Items", "deleteditems", "IPF.Note" },
	{ "junk", NULL, "Junk Email", "junkemail", "IPF.Note" },
	{ "outbox", NULL, "Outbox", "outbox", "IPF.Note" },
	{ "calendar", NULL, "Calendar", "calendar", "IPF.Appointment" },
	{ "contacts", NULL, "Contacts", "contacts", "IPF.Contact" },
	{ "tasks", NULL, "Tasks", "tasks", "IPF.Task" },
	{ "notes", NULL, "Notes", "notes", "IPF.StickyNote" },
	{ "bridge", NULL, "Footbridge", NULL, "IPF.Note" },
	{ "tides", "bridge", "Tide tables", NULL, "IPF.Note" },
};

static const struct demo_row rows[] = {
	{ "inbox", ALICE, BOB, 4, 505, SHAPE_ALT, NULL, DEMO_READ | DEMO_ANSWERED, NULL,
	  "pdf:Bearing schedule.pdf", "bearings", "Bearing schedule",
	  "Hello Bob,\n\nthe schedule for the four bearings is attached. Could you check "
	  "the two on the river side? The supplier has changed the plate thickness.\n\n"
	  "Alice\n" },
	{ "sent", BOB, ALICE, 3, 550, SHAPE_PLAIN, NULL, DEMO_READ, NULL, NULL,
	  "bearings", "Re: Bearing schedule",
	  "Checked: numbers 3 and 4 are fine, number 2 needs 25 mm instead of 20.\n" },
	{ "inbox", ALICE, BOB, 3, 580, SHAPE_PLAIN, NULL, 0, "Project X", NULL,
	  "bearings", "Re: Bearing schedule",
	  "Thank you. I'll have the drawing changed.\n" },
	{ "inbox", GRACE, BOB, 2, 1010, SHAPE_FLOWED, NULL, DEMO_FLAGGED, NULL,
	  "zip:wind-tunnel.zip", NULL, "Wind tunnel, second run",
	  "The second run is done. Up to 38 m/s nothing happens that you would feel, \n"
	  "beyond that the deck begins to sway sideways with a period of about two \n"
	  "seconds.\n\nRaw data in the archive.\n-- \nGrace\n" },
	{ "inbox", HENRIK, BOB, 1, 640, SHAPE_PLAIN, "windows-1252", 0, NULL, NULL, NULL,
	  "Lunch – Thursday?",
	  "The new place by the lock has fish on Thursdays – “catch of the day” for 9 €. "
	  "Coming along?\n\nHenrik\n" },
	{ "drafts", BOB, GRACE, 1, 700, SHAPE_PLAIN, NULL, DEMO_READ | DEMO_DRAFT, NULL,
	  NULL, NULL, "Re: Wind tunnel, second run",
	  "Dear Grace,\n\ncould we have the run at 42 m/s too, with the\n" },
	{ "junk", LOTTERY, BOB, 6, 120, SHAPE_HTML, NULL, 0, NULL, NULL, NULL,
	  "You have WON a bridge", "Claim your bridge today. Toll rights included!\n" },
	{ "deleted", NEWS, BOB, 9, 300, SHAPE_ALT, NULL, DEMO_READ, NULL, NULL, NULL,
	  "Steg & Strom: the rope issue",
	  "In this issue: splicing, testing and replacing ropes.\n" },
};

static const struct demo_series series[] = {
	{ 14,
	  7,
	  { "tides", ROBOT, BOB, 1, 360, SHAPE_PLAIN, NULL, DEMO_READ, NULL,
	    "csv:tides-{n}.csv", NULL, "Tide table {n}",
	    "Attached is tide table {n} for the gauge at the lock.\n" } },
	{ 10,
	  12,
	  { "bridge", FRIEDA, BOB, 5, 600, SHAPE_ALT, "ISO-8859-1", 0, NULL, NULL, NULL,
	    "Footbridge: site visit {n}",
	    "Site visit {n} took an hour. The west ramp is formed up, the east one waits "
	    "for the façade scaffolding of the neighbours.\n\nFrieda\n" } },
	{ 8,
	  9,
	  { "sent", BOB, TEAM, 2, 900, SHAPE_PLAIN, NULL, DEMO_READ, NULL, NULL, NULL,
	    "Gauge readings, part {n}",
	    "Readings of part {n} are on the shared drive. Nothing unusual.\n" } },
};

const struct demo_user_data demo_data_bob = {
	"bob",		 bob_folders, ARRAY_LEN(bob_folders), rows,
	ARRAY_LEN(rows), series,      ARRAY_LEN(series),
};

static const struct demo_user_data nobody = { .folders = plain_folders,
					      .folder_count = ARRAY_LEN(plain_folders) };

const struct demo_user_data *demo_data_find(const char *user)
{
	static const struct demo_user_data *const all[] = { &demo_data_alice,
							    &demo_data_bob };

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (str_eq_nocase(str_from(user), str_from(all[i]->user)))
			return all[i];
	return &nobody;
}
