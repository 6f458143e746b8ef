/*
 * A body on its way in: the first octets in memory, a big one's in a file of its own in
 * bodies/ as they arrive, so that a message of any size costs no memory. A file that no
 * row names yet goes at the latest when the store is opened again. Nothing is synced: a
 * file that a power cut left short is known by its length (store_msgs.c), and the body
 * is fetched again.
 */
#include "bridge/store_incoming.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/random.h"
#include "bridge/store_internal.h"

void store_incoming_init(struct store_incoming *in, struct store *s)
{
	*in = (struct store_incoming){ .store = s, .fd = -1 };
	strbuf_init(&in->octets, STORE_FILE_FROM);
}

static void path_of(const struct store_incoming *in, struct strbuf *path)
{
	strbuf_addf(path, "%s/%s", in->store->bodies_dir, in->file);
}

static void drop_file(struct store_incoming *in)
{
	CLEANUP(strbuf_finish) struct strbuf path = STRBUF(STORE_PATH_MAX);

	if (in->fd >= 0)
		close(in->fd);
	in->fd = -1;
	if (!in->file)
		return;
	path_of(in, &path);
	if (!in->taken)
		unlink(strbuf_cstr(&path));
	free(in->file);
	in->file = NULL;
}

void store_incoming_finish(struct store_incoming *in)
{
	drop_file(in);
	strbuf_finish(&in->octets);
}

static bool failed(struct store_incoming *in, struct err *err)
{
	enum err_code code = errno == ENOSPC || errno == EDQUOT ? ERR_FULL : ERR_BROKEN;

	err_errno(&in->err, code, errno, "cannot write a body");
	*err = in->err;
	return false;
}

static bool write_all(struct store_incoming *in, struct str bytes, struct err *err)
{
	while (bytes.len > 0) {
		ssize_t put = write(in->fd, bytes.p, bytes.len);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return failed(in, err);
		bytes = str_sub(bytes, (size_t)put, bytes.len);
	}
	return true;
}

static bool begin_file(struct store_incoming *in, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf name = STRBUF(64), path = STRBUF(4096);

	random_hex(16, &name);
	in->file = strbuf_take(&name);
	path_of(in, &path);
	in->fd = open(strbuf_cstr(&path), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (in->fd < 0 || fchmod(in->fd, 0600) != 0)
		return failed(in, err);
	if (!write_all(in, strbuf_str(&in->octets), err))
		return false;
	strbuf_finish(&in->octets);
	return true;
}

bool store_incoming_add(struct store_incoming *in, struct str bytes, struct err *err)
{
	if (in->err.code != ERR_OK) {
		*err = in->err;
		return false;
	}
	if (in->size_bytes + bytes.len > STORE_MESSAGE_MAX)
		return err_set(err, ERR_LIMIT, "message longer than %u bytes",
			       STORE_MESSAGE_MAX);
	if (in->fd < 0 && in->size_bytes + bytes.len >= STORE_FILE_FROM &&
	    !begin_file(in, err))
		return false;
	in->size_bytes += bytes.len;
	if (in->fd >= 0)
		return write_all(in, bytes, err);
	strbuf_add(&in->octets, bytes);
	return true;
}

bool store_incoming_restart(struct store_incoming *in, struct err *err)
{
	if (in->err.code != ERR_OK) { /* of the disk, not of what came */
		*err = in->err;
		return false;
	}
	drop_file(in);
	strbuf_reset(&in->octets);
	in->size_bytes = 0;
	return true;
}

bool incoming_open(struct store_incoming *in, struct str *octets_r, struct err *err)
{
	void *memory;

	*octets_r = strbuf_str(&in->octets);
	if (in->fd < 0)
		return true;
	memory = mmap(NULL, (size_t)in->size_bytes, PROT_READ, MAP_PRIVATE, in->fd, 0);
	if (memory == MAP_FAILED)
		return failed(in, err);
	*octets_r = str_make(memory, (size_t)in->size_bytes);
	return true;
}

void incoming_close(struct store_incoming *in, struct str octets)
{
	if (in->fd >= 0)
		munmap((void *)octets.p, octets.len);
}
