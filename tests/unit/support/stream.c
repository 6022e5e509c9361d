/* SPDX-License-Identifier: GPL-2.0-only */
#include "stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void stream_reset(struct stream *stream)
{
	stream->size = 0;
	stream->last = 0;
	stream->visit = 0;
}

void stream_clear(struct stream *stream)
{
	free(stream->bytes);
	*stream = (struct stream){0};
}

static void *append(struct stream *stream, uint16_t type, size_t size)
{
	struct record_head *head;

	size = (size + 7) & ~(size_t)7;
	if (stream->size + size > stream->capacity) {
		stream->capacity = 2 * stream->capacity + size + 4096;
		stream->bytes = realloc(stream->bytes, stream->capacity);
		assert_non_null(stream->bytes);
	}
	stream->last = stream->size;
	stream->size += size;
	head = (struct record_head *)(stream->bytes + stream->last);
	memset(head, 0, size);
	head->type = type;
	head->size = (uint16_t)size;
	head->visit = stream->visit;
	return head;
}

struct record_begin *stream_begin(struct stream *stream)
{
	struct record_begin *record = append(stream, RECORD_BEGIN, sizeof(*record));

	record->taken_ns = 1000000000;
	record->boottime_ns = 500000000;
	record->page_size = STREAM_PAGE;
	record->kernel = RECORD_KERNEL_SPLIT_COUNTERS;
	record->vma_bytes = 192;
	record->anon_vma_bytes = 104;
	record->avc_bytes = 64;
	strcpy(record->boot_id, "00000000-0000-4000-8000-000000000001");
	strcpy(record->release, "6.18.0");
	strcpy(record->machine, "x86_64");
	strcpy(record->host, "stream");
	return record;
}

struct record_task *stream_task(struct stream *stream, int32_t tgid, uint64_t mm)
{
	struct record_task *record = append(stream, RECORD_TASK, sizeof(*record));

	record->mm = stream->mm = mm;
	record->start_ns = (uint64_t)tgid * 1000;
	record->exec_id = 1;
	record->tid = record->tgid = stream->tgid = tgid;
	record->ppid = 1;
	strcpy(record->comm, "task");
	return record;
}

struct record_mm *stream_mm(struct stream *stream)
{
	struct record_mm *record;

	stream->visit++;
	stream->vmas = stream->linked = 0;
	record = append(stream, RECORD_MM, sizeof(*record));
	record->mm = stream->mm;
	record->mm_users = 1;
	record->tree_height = 2;
	return record;
}

struct record_vma *stream_vma_of(struct stream *stream, uint64_t page, uint64_t pages,
				 const uint64_t *chain, uint16_t count)
{
	struct record_vma *record = append(stream, RECORD_VMA,
					   sizeof(*record) + count * sizeof(uint64_t));

	record->start = page * STREAM_PAGE;
	record->end = (page + pages) * STREAM_PAGE;
	record->pgoff = page;
	record->vm_flags = 0x73;
	record->bits = RECORD_VMA_LAST;
	record->chain_count = count;
	if (count) {
		record->anon_vma = chain[0];
		memcpy(record->chain, chain, count * sizeof(uint64_t));
	}
	stream->vmas++;
	stream->linked += count > 0;
	return record;
}

struct record_vma *stream_plain_vma(struct stream *stream, uint64_t page, uint64_t pages)
{
	return stream_vma_of(stream, page, pages, NULL, 0);
}

struct record_vma_name *stream_vma_name(struct stream *stream, uint64_t page, const char *name)
{
	struct record_vma_name *record = append(stream, RECORD_VMA_NAME, sizeof(*record));

	record->start = page * STREAM_PAGE;
	assert_true(strlen(name) <= sizeof(record->name));
	memcpy(record->name, name, strlen(name));
	return record;
}

struct record_chain *stream_chain(struct stream *stream, uint64_t page, uint32_t first,
				  const uint64_t *chain, uint16_t count)
{
	struct record_chain *record = append(stream, RECORD_CHAIN,
					     sizeof(*record) + count * sizeof(uint64_t));

	record->start = page * STREAM_PAGE;
	record->first = first;
	record->bits = RECORD_VMA_LAST;
	record->chain_count = count;
	if (count)
		memcpy(record->chain, chain, count * sizeof(uint64_t));
	return record;
}

void stream_long_vma(struct stream *stream, uint64_t page, const uint64_t *chain, uint32_t count)
{
	uint32_t first = count < RECORD_CHAIN_MAX ? count : RECORD_CHAIN_MAX;

	if (stream_vma_of(stream, page, 1, chain, (uint16_t)first) && first < count)
		((struct record_vma *)(stream->bytes + stream->last))->bits = 0;
	while (first < count) {
		uint32_t left = count - first;
		uint16_t size = (uint16_t)(left < RECORD_CHAIN_MAX ? left : RECORD_CHAIN_MAX);
		struct record_chain *record = stream_chain(stream, page, first, chain + first,
							   size);

		if (left > size)
			record->bits = 0;
		first += size;
	}
}

struct record_visit_end *stream_visit_end(struct stream *stream)
{
	struct record_visit_end *record = append(stream, RECORD_VISIT_END, sizeof(*record));

	record->mm = stream->mm;
	record->tid = record->tgid = stream->tgid;
	record->vma_count = record->map_count = stream->vmas;
	record->linked_count = stream->linked;
	return record;
}

struct record_anon_vma *stream_anon_vma(struct stream *stream, uint64_t key, uint64_t root,
					uint64_t parent)
{
	struct record_anon_vma *record = append(stream, RECORD_ANON_VMA, sizeof(*record));

	record->anon_vma = key;
	record->root = root;
	record->parent = parent;
	record->num_children = key == root;
	record->num_active_vmas = 1;
	record->refcount = 1;
	return record;
}

struct record_file *stream_file(struct stream *stream, uint32_t dev, uint64_t ino, const char *path)
{
	size_t size = strlen(path) + 1;
	struct record_file *record = append(stream, RECORD_FILE, sizeof(*record) + size);

	record->dev = dev;
	record->ino = ino;
	record->path_size = (uint32_t)size;
	memcpy(record->path, path, size);
	return record;
}

struct record_cgroup *stream_cgroup(struct stream *stream, uint64_t cgroup, const char *path)
{
	size_t size = strlen(path) + 1;
	struct record_cgroup *record = append(stream, RECORD_CGROUP, sizeof(*record) + size);

	record->cgroup = cgroup;
	record->path_size = (uint32_t)size;
	memcpy(record->path, path, size);
	return record;
}

struct record_end *stream_end(struct stream *stream)
{
	struct record_end *record = append(stream, RECORD_END, sizeof(*record));

	record->walk_ns = 12345;
	return record;
}

void stream_process(struct stream *stream, int32_t tgid, uint64_t mm, uint64_t anon_vma)
{
	stream_task(stream, tgid, mm);
	stream_mm(stream);
	stream_vma(stream, 16, 4, anon_vma);
	stream_visit_end(stream);
	stream_anon_vma(stream, anon_vma, anon_vma, anon_vma);
}

int stream_feed(const struct stream *stream, struct decoder *decoder)
{
	int rc = 0;

	for (size_t at = 0; !rc && at < stream->size;) {
		const struct record_head *head = (const void *)(stream->bytes + at);

		rc = decoder_feed(decoder, head, head->size);
		at += head->size;
	}
	return rc;
}

int stream_decode(const struct stream *stream, struct decoder *decoder, struct model *model,
		  const struct model *previous)
{
	int rc;

	decoder_start(decoder, model, previous);
	rc = stream_feed(stream, decoder);
	return rc ? rc : decoder_finish(decoder);
}
