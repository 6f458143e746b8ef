/* Compression with zstd: see pack.h. */
#include "base/pack.h"

#include <stdlib.h>
#include <zstd.h>

#include "base/mem.h"

enum { LEVEL = 1 }; /* higher ones make mail hardly smaller */

struct packer {
	ZSTD_CCtx *in;
	ZSTD_DCtx *out;
};

struct packer *packer_new(void)
{
	return mem_alloc(sizeof(struct packer));
}

void packer_free(struct packer *packer)
{
	if (!packer)
		return;
	ZSTD_freeCCtx(packer->in);
	ZSTD_freeDCtx(packer->out);
	free(packer);
}

bool pack(struct packer *packer, struct str plain, struct strbuf *out)
{
	size_t room = ZSTD_compressBound(plain.len), packed;
	char *to = strbuf_space(out, room);

	if (!packer->in)
		packer->in = ZSTD_createCCtx();
	if (!to || !packer->in)
		return false;
	packed = ZSTD_compressCCtx(packer->in, to, room, plain.p, plain.len, LEVEL);
	if (ZSTD_isError(packed))
		return false;
	strbuf_added(out, packed);
	return true;
}

bool unpack(struct packer *packer, struct str packed, size_t plain_bytes,
	    struct strbuf *out)
{
	char *to = strbuf_space(out, plain_bytes);

	if (!packer->out)
		packer->out = ZSTD_createDCtx();
	if (!to || !packer->out ||
	    ZSTD_decompressDCtx(packer->out, to, plain_bytes, packed.p, packed.len) !=
		    plain_bytes)
		return false;
	strbuf_added(out, plain_bytes);
	return true;
}
