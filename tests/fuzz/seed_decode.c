/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * seed_decode DIRECTORY: writes what fuzz_decode starts from, one file a seed.
 *
 * Built with the layout of today, so that a change of the records cannot leave
 * seeds behind which the decoder turns away at the door. Each seed must decode.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../unit/support/stream.h"

enum {
	ROOT = 1,
	FIRST,
	SECOND,
	THIRD
};

static void parent_and_child(struct stream *stream)
{
	stream_begin(stream);
	stream_cgroup(stream, 77, "/a/b");
	stream_task(stream, 100, 10)->cgroup = 77;
	stream_mm(stream);
	stream_file(stream, 0x100001, 5, "/bin/x");
	stream_anon_vma(stream, ROOT, ROOT, ROOT);
	stream_plain_vma(stream, 1, 1);
	stream_vma_name(stream, 2, "heap");
	stream_vma(stream, 2, 2, ROOT);
	stream_vma(stream, 8, 1, ROOT);
	stream_visit_end(stream);
	stream_task(stream, 101, 11);
	stream_mm(stream);
	stream_anon_vma(stream, FIRST, ROOT, ROOT);
	stream_anon_vma(stream, SECOND, ROOT, ROOT);
	stream_vma(stream, 2, 2, FIRST, ROOT);
	stream_vma(stream, 8, 1, SECOND, ROOT);
	stream_visit_end(stream);
	stream_end(stream);
}

static void long_chain(struct stream *stream)
{
	uint64_t chain[130];

	stream_begin(stream);
	stream_task(stream, 100, 10);
	stream_mm(stream);
	for (uint32_t i = 0; i < 130; i++) {
		chain[129 - i] = i + 1;
		stream_anon_vma(stream, i + 1, 1, i ? i : 1);
	}
	stream_long_vma(stream, 1, chain, 130);
	stream_visit_end(stream);
	stream_end(stream);
}

static void incremental(struct stream *stream)
{
	struct record_visit_end *end;

	parent_and_child(stream);
	stream_begin(stream)->walk = RECORD_WALK_INCREMENTAL;
	stream_task(stream, 100, 10);
	stream_mm(stream);
	end = stream_visit_end(stream);
	end->bits |= RECORD_VISIT_QUIET;
	end->vma_count = end->map_count = 3; /* as parent_and_child has them */
	end->linked_count = 2;
	stream_task(stream, 101, 11);
	stream_mm(stream);
	stream_vma(stream, 2, 3, FIRST, ROOT);
	stream_visit_end(stream);
	stream_anon_vma(stream, FIRST, ROOT, ROOT)->num_active_vmas = 2;
	stream_process(stream, 102, 12, THIRD);
	stream_end(stream);
}

static void shown_again_after_a_full_ring(struct stream *stream)
{
	const uint64_t root[] = {ROOT};

	stream_begin(stream);
	stream_task(stream, 100, 10);
	stream_mm(stream);
	stream_vma(stream, 2, 2, FIRST, ROOT)->bits = 0;
	stream_vma_name(stream, 2, "heap");
	stream_vma(stream, 2, 2, FIRST)->bits = 0;
	stream_chain(stream, 2, 1, root, 1);
	stream->vmas = stream->linked = 1;
	stream_visit_end(stream);
	stream_anon_vma(stream, FIRST, ROOT, ROOT);
	stream_anon_vma(stream, ROOT, ROOT, ROOT);
	stream_end(stream);
}

static void two_processes_share_an_mm(struct stream *stream)
{
	stream_begin(stream);
	stream_process(stream, 101, 10, ROOT);
	stream_process(stream, 100, 10, ROOT);
	stream_end(stream);
}

/* The parent's memory went to another tree between two reads. */
static void parent_of_another_tree(struct stream *stream)
{
	stream_begin(stream);
	stream_task(stream, 100, 10);
	stream_mm(stream);
	stream_vma(stream, 2, 2, SECOND, ROOT);
	stream_visit_end(stream);
	stream_anon_vma(stream, SECOND, ROOT, FIRST);
	stream_anon_vma(stream, FIRST, THIRD, ROOT);
	stream_anon_vma(stream, ROOT, ROOT, ROOT);
	stream_anon_vma(stream, THIRD, THIRD, THIRD);
	stream_end(stream);
}

static void moved_and_walked_again(struct stream *stream)
{
	stream_begin(stream);
	stream_task(stream, 100, 10);
	stream_mm(stream);
	stream_anon_vma(stream, ROOT, ROOT, ROOT);
	stream_vma(stream, 2, 2, ROOT);
	stream_visit_end(stream)->bits |= RECORD_VISIT_MOVED;
	stream_task(stream, 100, 10);
	stream_mm(stream);
	stream_vma(stream, 2, 1, ROOT);
	stream_visit_end(stream)->bits |= RECORD_VISIT_MOVED | RECORD_VISIT_LAST_ATTEMPT;
	stream_end(stream);
}

static void parents_in_a_circle(struct stream *stream)
{
	stream_begin(stream);
	stream_task(stream, 100, 10);
	stream_mm(stream);
	stream_anon_vma(stream, FIRST, ROOT, SECOND);
	stream_anon_vma(stream, SECOND, ROOT, FIRST);
	stream_anon_vma(stream, ROOT, ROOT, ROOT);
	stream_vma(stream, 2, 2, FIRST, SECOND);
	stream_visit_end(stream);
	stream_end(stream);
}

static void two_roots_in_one_line(struct stream *stream)
{
	stream_begin(stream);
	stream_task(stream, 100, 10);
	stream_mm(stream);
	stream_anon_vma(stream, ROOT, ROOT, ROOT);
	stream_anon_vma(stream, FIRST, FIRST, FIRST);
	stream_anon_vma(stream, SECOND, FIRST, FIRST);
	stream_anon_vma(stream, THIRD, ROOT, SECOND);
	stream_vma(stream, 2, 2, THIRD, SECOND, FIRST, ROOT);
	stream_visit_end(stream);
	stream_end(stream);
}

static const struct seed {
	const char *name;
	void (*build)(struct stream *stream);
} seeds[] = {
	{"parent_and_child", parent_and_child},
	{"long_chain", long_chain},
	{"incremental", incremental},
	{"moved_and_walked_again", moved_and_walked_again},
	{"shown_again_after_a_full_ring", shown_again_after_a_full_ring},
	{"two_processes_share_an_mm", two_processes_share_an_mm},
	{"parents_in_a_circle", parents_in_a_circle},
	{"parent_of_another_tree", parent_of_another_tree},
	{"two_roots_in_one_line", two_roots_in_one_line},
};

static int write_seed(const char *directory, const char *name, const struct stream *stream)
{
	char path[4096];
	FILE *file;
	int rc;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "wb");
	if (!file)
		return -1;
	rc = fwrite(stream->bytes, 1, stream->size, file) == stream->size ? 0 : -1;
	return fclose(file) ? -1 : rc;
}

/* Feeds the first walk and sees it accepted. */
static bool is_accepted(const struct stream *stream)
{
	struct decoder decoder = {0};
	struct model model = {0};
	size_t used = 0;
	int rc = 0;

	decoder_start(&decoder, &model, NULL);
	while (!rc && used < stream->size) {
		const struct record_head *head = (const struct record_head *)(stream->bytes + used);

		rc = decoder_feed(&decoder, head, head->size);
		used += head->size;
		if (head->type == RECORD_END)
			break;
	}
	if (!rc)
		rc = decoder_finish(&decoder);
	if (rc)
		fprintf(stderr, "seed_decode: %s\n", decoder.error);
	decoder_clear(&decoder);
	model_clear(&model);
	return !rc;
}

int main(int argc, char **argv)
{
	struct stream stream = {0};
	int failed = argc != 2;

	for (size_t i = 0; !failed && i < sizeof(seeds) / sizeof(*seeds); i++) {
		stream_reset(&stream);
		seeds[i].build(&stream);
		if (!is_accepted(&stream) || write_seed(argv[1], seeds[i].name, &stream)) {
			fprintf(stderr, "seed_decode: %s failed\n", seeds[i].name);
			failed = 1;
		}
	}
	stream_clear(&stream);
	return failed;
}
