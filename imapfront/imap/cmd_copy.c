/*
 * COPY and MOVE: RFC 3501 section 6.4.7, RFC 6851; COPYUID: RFC 4315 section 3. Both wait
 * a little for the server's verdict.
 */
#include "imapfront/imap/client.h"
#include "imapfront/imap/commands.h"

static bool parse(struct imap_reader *in, struct imap_args *args, struct err *err)
{
	/* copy = "COPY" SP sequence-set SP mailbox */
	return imap_read_sp(in, err) && imap_read_set(in, &args->set, err) &&
	       imap_read_sp(in, err) && imap_read_mailbox(in, &args->mailbox, err) &&
	       imap_read_end(in, err);
}

/* What was asked for, where it goes. */
struct job {
	struct store_uid_list uids, from, to;
	struct store_box box;
};

static void job_finish(struct job *job)
{
	store_uid_list_finish(&job->uids);
	store_uid_list_finish(&job->from);
	store_uid_list_finish(&job->to);
	store_box_finish(&job->box);
}

static bool prepare(struct imap_client *client, struct imap_args *args, struct job *job,
		    struct err *err)
{
	if (!imap_client_messages(client, args, &job->uids, err) ||
	    !imap_client_target(client, args->mailbox, &job->box, err))
		return false;
	return (job->box.rights & BOX_RIGHT_INSERT) ||
	       err_set(err, ERR_DENIED, "no right to put messages into that mailbox");
}

typedef bool transfer_fn(struct store *, int64_t, const uint32_t *, size_t, int64_t,
			 struct store_uid_list *, struct store_uid_list *, int64_t *,
			 struct err *);

static bool transfer(struct imap_client *client, struct job *job, transfer_fn *change,
		     struct err *err)
{
	struct account *account = client->session->account;
	int64_t entry;
	bool ok;

	account_verdict_expect(account);
	ok = change(client->store, client->box_id, job->uids.uids, job->uids.count,
		    job->box.id, &job->from, &job->to, &entry, err) &&
	     imap_client_verdict(client, entry, err);
	account_verdict_forgo(account);
	if (ok)
		imap_notify_added(client, job->box.id, job->to.count);
	return ok;
}

static bool run_copy(struct imap_client *client, struct imap_args *args, struct err *err)
{
	CLEANUP(job_finish) struct job job = { 0 };

	if (!prepare(client, args, &job, err))
		return false;
	if (!job.uids.count)
		return true;
	if (!transfer(client, &job, store_copy, err))
		return false;
	imap_client_copyuid(job.box.uidvalidity, &job.from, &job.to, &client->done);
	return true;
}

/* COPY allows EXPUNGE responses, so that it needs no IMAP_KEEP_NUMBERS. */
const struct imap_command imap_cmd_copy = {
	"COPY", IMAP_SELECTED, IMAP_UID_FORM | IMAP_FOLDERS | IMAP_CHANGES,
	parse,	run_copy,      NULL,
};

static bool run_move(struct imap_client *client, struct imap_args *args, struct err *err)
{
	CLEANUP(job_finish) struct job job = { 0 };
	CLEANUP(strbuf_finish) struct strbuf copyuid = STRBUF(IMAP_DONE_BYTES);

	if (!imap_client_writable(client, err) || !prepare(client, args, &job, err))
		return false;
	if (!job.uids.count)
		return true;
	if (!transfer(client, &job, store_move, err))
		return false;
	/* Untagged and before the EXPUNGEs: RFC 6851 section 4.3. */
	imap_client_copyuid(job.box.uidvalidity, &job.from, &job.to, &copyuid);
	if (!copyuid.len)
		return true;
	stream_write(client->out, STR("* OK "));
	stream_write(client->out, strbuf_str(&copyuid));
	stream_write(client->out, STR("\r\n"));
	return true;
}

const struct imap_command imap_cmd_move = {
	"MOVE", IMAP_SELECTED, IMAP_UID_FORM | IMAP_FOLDERS | IMAP_CHANGES,
	parse,	run_move,      "MOVE",
};
