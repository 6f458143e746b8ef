/*
 * Attachments of the sample mailbox: PNG (with stored deflate blocks, RFC 1951 section
 * 3.2.4), PDF, ZIP, CSV, noise and an iTIP invitation.
 */
#include "tests/ewsim/demo_files.h"

#include "base/clock.h"

enum { STORED_MAX = 65535 };

static uint32_t crc32_of(struct str bytes)
{
	uint32_t crc = 0xFFFFFFFFu;

	for (size_t i = 0; i < bytes.len; i++) {
		crc ^= (unsigned char)bytes.p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
	}
	return ~crc;
}

static void add_be32(uint32_t v, struct strbuf *out)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		strbuf_addc(out, (char)(v >> shift & 0xFF));
}

static void add_le(uint32_t v, int bytes, struct strbuf *out)
{
	for (int i = 0; i < bytes; i++)
		strbuf_addc(out, (char)(v >> (8 * i) & 0xFF));
}

static void add_chunk(const char *kind, struct str data, struct strbuf *out)
{
	size_t from = out->len + 4;

	add_be32((uint32_t)data.len, out);
	strbuf_add_mem(out, kind, 4);
	strbuf_add(out, data);
	add_be32(crc32_of(str_sub(strbuf_str(out), from, data.len + 4)), out);
}

static void add_zlib(struct str raw, struct strbuf *out)
{
	uint32_t a = 1, b = 0; /* Adler-32, RFC 1950 section 8.2 */

	strbuf_add(out, STR("\x78\x01"));
	for (size_t at = 0; at < raw.len; at += STORED_MAX) {
		struct str block = str_sub(raw, at, STORED_MAX);

		strbuf_addc(out, at + block.len == raw.len);
		add_le((uint32_t)block.len, 2, out);
		add_le(~(uint32_t)block.len & 0xFFFF, 2, out);
		strbuf_add(out, block);
	}
	for (size_t i = 0; i < raw.len; i++) {
		a = (a + (unsigned char)raw.p[i]) % 65521;
		b = (b + a) % 65521;
	}
	add_be32(b << 16 | a, out);
}

void demo_png(unsigned size, uint32_t rgb, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf raw = STRBUF(1 << 20);
	CLEANUP(strbuf_finish) struct strbuf chunk = STRBUF(1 << 20);

	for (unsigned y = 0; y < size; y++) {
		strbuf_addc(&raw, 0); /* no filter */
		for (unsigned x = 0; x < size; x++) {
			uint32_t c = x == y ? ~rgb : rgb;
			strbuf_addc(&raw, (char)(c >> 16 & 0xFF));
			strbuf_addc(&raw, (char)(c >> 8 & 0xFF));
			strbuf_addc(&raw, (char)(c & 0xFF));
		}
	}
	strbuf_add(out, STR("\x89PNG\r\n\x1a\n"));
	add_be32(size, &chunk);
	add_be32(size, &chunk);
	strbuf_add(&chunk, STR("\x08\x02\0\0\0")); /* 8 bits, RGB */
	add_chunk("IHDR", strbuf_str(&chunk), out);
	strbuf_reset(&chunk);
	add_zlib(strbuf_str(&raw), &chunk);
	add_chunk("IDAT", strbuf_str(&chunk), out);
	add_chunk("IEND", STR(""), out);
}

void demo_pdf(const char *line, struct strbuf *out)
{
	static const char *const objects[] = {
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
		"/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 "
		"/BaseFont /Helvetica >> >> >> >>",
	};
	size_t start = out->len, offsets[4] = { 0 }, xref;

	strbuf_add(out, STR("%PDF-1.4\n"));
	for (size_t i = 0; i < ARRAY_LEN(objects); i++) {
		offsets[i] = out->len - start;
		strbuf_addf(out, "%zu 0 obj\n%s\nendobj\n", i + 1, objects[i]);
	}
	offsets[3] = out->len - start;
	strbuf_addf(out,
		    "4 0 obj\n<< /Length %zu >>\nstream\nBT /F1 24 Tf 72 720 Td (%s) Tj "
		    "ET\nendstream\nendobj\n",
		    strlen(line) + 31, line);
	xref = out->len - start;
	strbuf_add(out, STR("xref\n0 5\n0000000000 65535 f \n"));
	for (size_t i = 0; i < ARRAY_LEN(offsets); i++)
		strbuf_addf(out, "%010zu 00000 n \n", offsets[i]);
	strbuf_addf(out, "trailer << /Size 5 /Root 1 0 R >>\nstartxref\n%zu\n%%%%EOF\n",
		    xref);
}

/* What the local header and the central directory of a ZIP have in common. */
static void add_zip_fields(const char *name, struct str content, struct strbuf *out)
{
	add_le(20, 2, out); /* version needed */
	add_le(0x0800, 2, out); /* names are UTF-8 */
	add_le(0, 2, out); /* stored */
	add_le(0x58216000, 4, out); /* time and date */
	add_le(crc32_of(content), 4, out);
	add_le((uint32_t)content.len, 4, out);
	add_le((uint32_t)content.len, 4, out);
	add_le((uint32_t)strlen(name), 2, out);
	add_le(0, 2, out); /* extra */
}

void demo_zip(const char *name, struct str content, struct strbuf *out)
{
	size_t start = out->len, directory, end;

	strbuf_add(out, STR("PK\x03\x04"));
	add_zip_fields(name, content, out);
	strbuf_add_cstr(out, name);
	strbuf_add(out, content);
	directory = out->len - start;
	strbuf_add(out, STR("PK\x01\x02\x14\0"));
	add_zip_fields(name, content, out);
	strbuf_add(out, STR("\0\0\0\0\0\0\0\0\0\0\0\0\0\0")); /* comment .. offset */
	strbuf_add_cstr(out, name);
	end = out->len - start;
	strbuf_add(out, STR("PK\x05\x06\0\0\0\0\x01\0\x01\0"));
	add_le((uint32_t)(end - directory), 4, out);
	add_le((uint32_t)directory, 4, out);
	add_le(0, 2, out);
}

static uint32_t next_random(uint32_t *state)
{
	/* xorshift: any sequence will do, as long as it is the same every time */
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

void demo_csv(unsigned seed, unsigned rows, struct strbuf *out)
{
	uint32_t state = seed * 2654435761u + 1;

	strbuf_add(out, STR("Messpunkt;Zeit;Durchbiegung mm;Temperatur\n"));
	for (unsigned i = 0; i < rows; i++) {
		unsigned bend = next_random(&state) % 400;
		unsigned heat = 80 + next_random(&state) % 150;

		strbuf_addf(out, "P%02u;%02u:%02u;%u,%u;%u,%u\n", i % 12, i / 60 % 24,
			    i % 60, bend / 10, bend % 10, heat / 10, heat % 10);
	}
}

void demo_noise(unsigned seed, size_t size, struct strbuf *out)
{
	uint32_t state = seed * 2654435761u + 1;

	for (size_t i = 0; i < size; i++)
		strbuf_addc(out, (char)(next_random(&state) >> 11 & 0xFF));
}

static void add_utc(const char *name, int64_t unix_s, struct strbuf *out)
{
	struct civil c = clock_civil_from_unix(unix_s);

	strbuf_addf(out, "%s:%04d%02d%02dT%02d%02d%02dZ\r\n", name, c.year, c.month,
		    c.day, c.hour, c.minute, c.second);
}

void demo_ics(const struct demo_invite *i, struct strbuf *out)
{
	bool reply = str_eq(str_from(i->method), STR("REPLY"));

	strbuf_addf(out,
		    "BEGIN:VCALENDAR\r\nPRODID:-//example.test//Sample//EN\r\n"
		    "VERSION:2.0\r\nMETHOD:%s\r\nBEGIN:VEVENT\r\nUID:%s\r\n",
		    i->method, i->uid);
	add_utc("DTSTAMP", i->start_unix - 6 * 86400, out);
	add_utc("DTSTART", i->start_unix, out);
	add_utc("DTEND", i->end_unix, out);
	strbuf_addf(out, "SUMMARY:%s\r\nLOCATION:%s\r\nSEQUENCE:0\r\n", i->summary,
		    i->location);
	strbuf_addf(out, "ORGANIZER:mailto:%s\r\n", i->organizer);
	strbuf_addf(out, "ATTENDEE;PARTSTAT=%s%s:mailto:%s\r\n",
		    reply ? "ACCEPTED" : "NEEDS-ACTION", reply ? "" : ";RSVP=TRUE",
		    i->attendee);
	strbuf_add(out, STR("END:VEVENT\r\nEND:VCALENDAR\r\n"));
}
