/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stream: builds record streams by hand, one record a call. Each function gives
 * the record it appended, so that a test can bend it; the pointer is valid
 * until the next call. stream_begin starts a walk, stream_mm a visit; records
 * that belong to a visit get its number.
 */
#ifndef VMASCOPE_TESTS_SUPPORT_STREAM_H
#define VMASCOPE_TESTS_SUPPORT_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "collector/decode.h"
#include "collector/record.h"

#define STREAM_PAGE 4096u

struct stream {
	uint8_t *bytes;
	size_t size, capacity;
	size_t last; /* offset of the last record */
	uint32_t visit;
	uint32_t vmas, linked; /* of the visit; linked: with a chain */
	uint64_t mm;
	int32_t tgid;
};

void stream_reset(struct stream *stream);
void stream_clear(struct stream *stream);

struct record_begin *stream_begin(struct stream *stream);
struct record_task *stream_task(struct stream *stream, int32_t tgid, uint64_t mm);
/* Begins a visit of the mm of the last task. */
struct record_mm *stream_mm(struct stream *stream);
/* bits: RECORD_VMA_LAST is added unless it goes on in a RECORD_CHAIN. The first
 * of the chain is the active anon_vma. */
struct record_vma *stream_vma_of(struct stream *stream, uint64_t page, uint64_t pages,
				 const uint64_t *chain, uint16_t count);
#define stream_vma(stream, page, pages, ...)                                      \
	stream_vma_of((stream), (page), (pages), (const uint64_t[]){__VA_ARGS__}, \
		      (uint16_t)(sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t)))
struct record_vma *stream_plain_vma(struct stream *stream, uint64_t page, uint64_t pages);
/* Names the VMA that is added next. */
struct record_vma_name *stream_vma_name(struct stream *stream, uint64_t page, const char *name);
/* A VMA with a chain of any length, split as the kernel side splits it. */
void stream_long_vma(struct stream *stream, uint64_t page, const uint64_t *chain, uint32_t count);
struct record_chain *stream_chain(struct stream *stream, uint64_t page, uint32_t first,
				  const uint64_t *chain, uint16_t count);
struct record_visit_end *stream_visit_end(struct stream *stream);
struct record_anon_vma *stream_anon_vma(struct stream *stream, uint64_t key, uint64_t root,
					uint64_t parent);
struct record_file *stream_file(struct stream *stream, uint32_t dev, uint64_t ino,
				const char *path);
struct record_cgroup *stream_cgroup(struct stream *stream, uint64_t cgroup, const char *path);
struct record_end *stream_end(struct stream *stream);

/* A task, its mm and one VMA for every anon_vma chain of one key. */
void stream_process(struct stream *stream, int32_t tgid, uint64_t mm, uint64_t anon_vma);

/* Feeds every record; stops at the first error and returns it. */
int stream_feed(const struct stream *stream, struct decoder *decoder);
/* decoder_start, stream_feed, decoder_finish. */
int stream_decode(const struct stream *stream, struct decoder *decoder, struct model *model,
		  const struct model *previous);

#endif
