/* SPDX-License-Identifier: GPL-2.0-only */
#include "recording.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../topology/key_map.h"
#include "record.h"

/* The last byte is a version: it moves whenever record.h changes. */
static const char magic[16] = "vmascope-rec\r\n\x1a\x02";
/* Stands at the end, so that a file cut short between two walks is known. */
static const char trailer[16] = "vmascope-rec-end";

static uint64_t checksum(uint64_t sum, const void *record, size_t size)
{
	const unsigned char *bytes = record;

	for (size_t i = 0; i + sizeof(uint64_t) <= size; i += sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, bytes + i, sizeof(word));
		sum = (sum ^ word) * 0x100000001b3ULL;
		sum ^= sum >> 32;
	}
	return sum;
}

/* RECORD_END counts too, as it is before the checksum is put in. */
static uint64_t checksum_end(uint64_t sum, const struct record_end *record)
{
	struct record_end end = *record;

	end.checksum = 0;
	return checksum(sum, &end, sizeof(end));
}

struct recording_writer {
	FILE *file;
	char *path, *partial;
	bool raw_addresses;
	struct key_map numbers; /* address -> number */
	uint64_t sum;
	uint64_t buffer[(UINT16_MAX + 1) / sizeof(uint64_t)];
};

static void discard_writer(struct recording_writer *writer)
{
	if (!writer)
		return;
	if (writer->file)
		fclose(writer->file);
	key_map_clear(&writer->numbers);
	free(writer->path);
	free(writer->partial);
	free(writer);
}

int recording_create(const char *path, bool raw_addresses, struct recording_writer **ret_writer)
{
	struct recording_writer *writer = calloc(1, sizeof(*writer));
	int rc = 0;

	if (!writer)
		return -ENOMEM;
	writer->raw_addresses = raw_addresses;
	writer->path = strdup(path);
	if (!writer->path || asprintf(&writer->partial, "%s.partial", path) < 0) {
		writer->partial = NULL;
		discard_writer(writer);
		return -ENOMEM;
	}
	writer->file = fopen(writer->partial, "wbe");
	if (!writer->file || fwrite(magic, sizeof(magic), 1, writer->file) != 1)
		rc = errno ? -errno : -EIO;
	if (rc) {
		discard_writer(writer);
		return rc;
	}
	*ret_writer = writer;
	return 0;
}

static int replace(struct recording_writer *writer, record_u64 *key)
{
	uint32_t number;

	if (*key == 0)
		return 0;
	number = key_map_find(&writer->numbers, *key);
	if (number == KEY_MAP_NONE) {
		int rc;

		number = writer->numbers.count + 1;
		rc = key_map_put(&writer->numbers, *key, number);
		if (rc)
			return rc;
	}
	*key = number;
	return 0;
}

static int replace_all(struct recording_writer *writer, record_u64 *keys, size_t count)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < count; i++)
		rc = replace(writer, &keys[i]);
	return rc;
}

static int replace_keys(struct recording_writer *writer, struct record_head *head)
{
	struct record_anon_vma *anon_vma;
	struct record_vma *vma;
	struct record_chain *chain;
	int rc;

	switch ((enum record_type)head->type) {
	case RECORD_TASK:
		return replace(writer, &((struct record_task *)head)->mm);
	case RECORD_MM:
		return replace(writer, &((struct record_mm *)head)->mm);
	case RECORD_MM_ADDRESS:
		((struct record_mm_address *)head)->address = 0;
		return replace(writer, &((struct record_mm_address *)head)->mm);
	case RECORD_VISIT_END:
		return replace(writer, &((struct record_visit_end *)head)->mm);
	case RECORD_VMA:
		vma = (struct record_vma *)head;
		rc = replace(writer, &vma->anon_vma);
		return rc ? rc : replace_all(writer, vma->chain, vma->chain_count);
	case RECORD_CHAIN:
		chain = (struct record_chain *)head;
		return replace_all(writer, chain->chain, chain->chain_count);
	case RECORD_ANON_VMA:
		anon_vma = (struct record_anon_vma *)head;
		rc = replace(writer, &anon_vma->anon_vma);
		if (!rc)
			rc = replace(writer, &anon_vma->root);
		return rc ? rc : replace(writer, &anon_vma->parent);
	case RECORD_BEGIN:
	case RECORD_VMA_NAME:
	case RECORD_FILE:
	case RECORD_CGROUP:
	case RECORD_END:
	case RECORD_TYPE_MAX:
		break;
	}
	return 0;
}

int recording_write(struct recording_writer *writer, const void *record, size_t size)
{
	struct record_head *head = (struct record_head *)writer->buffer;
	int rc = 0;

	if (size < sizeof(*head) || size > sizeof(writer->buffer))
		return -EINVAL;
	memcpy(writer->buffer, record, size);
	if (!writer->raw_addresses)
		rc = replace_keys(writer, head);
	if (rc)
		return rc;
	if (head->type == RECORD_BEGIN)
		writer->sum = 0;
	if (head->type == RECORD_END && size == sizeof(struct record_end))
		((struct record_end *)head)->checksum = checksum_end(writer->sum,
								     (struct record_end *)head);
	writer->sum = checksum(writer->sum, writer->buffer, size);
	return fwrite(writer->buffer, size, 1, writer->file) == 1 ? 0 : (errno ? -errno : -EIO);
}

int recording_close(struct recording_writer **writer)
{
	struct recording_writer *closing = *writer;
	int rc = 0;

	if (!closing)
		return 0;
	if (fwrite(trailer, sizeof(trailer), 1, closing->file) != 1 || fflush(closing->file) ||
	    fsync(fileno(closing->file)))
		rc = errno ? -errno : -EIO;
	if (!rc && rename(closing->partial, closing->path))
		rc = -errno;
	if (rc)
		unlink(closing->partial);
	discard_writer(closing);
	*writer = NULL;
	return rc;
}

struct recording_reader {
	unsigned char *bytes;
	size_t size;
	size_t at;
};

void recording_free(struct recording_reader **reader)
{
	if (!*reader)
		return;
	free((*reader)->bytes);
	free(*reader);
	*reader = NULL;
}

static int read_file(const char *path, struct recording_reader *reader)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat stat;
	ssize_t got = 1;
	int rc = 0;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &stat))
		rc = -errno;
	else if (S_ISDIR(stat.st_mode))
		rc = -EISDIR;
	else if (!(reader->bytes = malloc((size_t)stat.st_size + 1)))
		rc = -ENOMEM;
	while (!rc && got > 0 && reader->size < (size_t)stat.st_size) {
		got = read(fd, reader->bytes + reader->size, (size_t)stat.st_size - reader->size);
		if (got < 0)
			rc = -errno;
		else
			reader->size += (size_t)got;
	}
	close(fd);
	return rc;
}

static int bad(const struct recording_reader *reader, char *error, const char *what)
{
	snprintf(error, RECORDING_ERROR_SIZE, "it is damaged or cut short at byte %zu of %zu: %s",
		 reader->at, reader->size, what);
	return -EBADMSG;
}

bool recording_next(struct recording_reader *reader, const void **ret_record, size_t *ret_size)
{
	const struct record_head *head = (const void *)(reader->bytes + reader->at);
	size_t left = reader->size - reader->at;

	if (left < sizeof(*head) || head->size < sizeof(*head) || head->size > left ||
	    head->size % 8 != 0)
		return false;
	*ret_record = head;
	*ret_size = head->size;
	reader->at += head->size;
	return true;
}

static int take_off_trailer(struct recording_reader *reader, char *error)
{
	size_t size = sizeof(trailer);

	if (reader->size < reader->at + size ||
	    memcmp(reader->bytes + reader->size - size, trailer, size) != 0)
		return bad(reader, error, "the end is missing");
	reader->size -= size;
	return 0;
}

/* Every walk has to be whole, so that a damaged file is refused before anything
 * of it is stored. */
static int check(struct recording_reader *reader, char *error)
{
	const void *record;
	uint64_t sum = 0;
	bool inside = false;
	size_t size, start = reader->at;

	while (recording_next(reader, &record, &size)) {
		const struct record_head *head = record;

		if ((head->type == RECORD_BEGIN) == inside)
			return bad(reader, error, "a walk does not begin where one should");
		if (head->type == RECORD_END &&
		    (size != sizeof(struct record_end) ||
		     ((const struct record_end *)record)->checksum != checksum_end(sum, record)))
			return bad(reader, error, "the checksum does not match");
		sum = head->type == RECORD_BEGIN ? checksum(0, record, size) :
						   checksum(sum, record, size);
		inside = head->type != RECORD_END;
	}
	if (reader->at != reader->size)
		return bad(reader, error, "no whole record follows");
	if (inside || reader->at == start)
		return bad(reader, error, "the last walk has no end");
	reader->at = start;
	return 0;
}

int recording_open(const char *path, struct recording_reader **ret_reader, char *error)
{
	struct recording_reader *reader = calloc(1, sizeof(*reader));
	int rc = reader ? read_file(path, reader) : -ENOMEM;

	if (rc)
		snprintf(error, RECORDING_ERROR_SIZE, "%s", strerror(-rc));
	if (!rc && (!reader->bytes || reader->size < sizeof(magic) ||
		    memcmp(reader->bytes, magic, sizeof(magic) - 1) != 0)) {
		snprintf(error, RECORDING_ERROR_SIZE, "it is not a recording of vmascope");
		rc = -EBADMSG;
	}
	if (!rc && reader->bytes[sizeof(magic) - 1] != (unsigned char)magic[sizeof(magic) - 1]) {
		snprintf(
			error, RECORDING_ERROR_SIZE,
			"it was made by another version of vmascope (format %u, this one reads %u)",
			reader->bytes[sizeof(magic) - 1], magic[sizeof(magic) - 1]);
		rc = -EBADMSG;
	}
	if (!rc) {
		reader->at = sizeof(magic);
		rc = take_off_trailer(reader, error);
	}
	if (!rc)
		rc = check(reader, error);
	if (rc)
		recording_free(&reader);
	else
		*ret_reader = reader;
	return rc;
}
