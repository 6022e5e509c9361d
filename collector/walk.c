/* SPDX-License-Identifier: GPL-2.0-only */
#include "walk.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../schema/clock.h"
#include "cgroup_paths.h"
#include "decode_plan.h"
#include "environment.h"
#include "record.h"

#include "walk.skel.h"

/* seq_file's buffer for iterators; a smaller read() ends a batch early. */
#define READ_BYTES 32768
/* Visits of an mm that moves: the first, two more, and the last attempt. */
#define ATTEMPTS 4
/* One pass over one mm costs about as much as a pass over this part of a busy
 * system. */
#define PASSES_MAX 64
#define SLOTS_MIN (1u << 16)
#define SLOTS_MAX (1u << 23)

struct walk {
	struct walk_bpf *bpf;
	struct bpf_link *link; /* the whole system */
	struct ring_buffer *ring;
	struct environment_features features;
	struct record_begin begin;
	struct cgroup_paths cgroups;
	bool taken_in; /* the last walk went to a decoder and succeeded */

	/* the walk in progress */
	struct decoder *decoder; /* NULL: discard */
	struct recording_writer *recording;
	struct walk_result *result;
	struct key_map told_cgroups;
	uint64_t records;
	int failed; /* first -errno of a sink */
	char *error;
};

static int fail(char *error, int rc, const char *what)
{
	snprintf(error, WALK_ERROR_SIZE, "%s: %s", what, strerror(-rc));
	return rc;
}

/* Slots of 8 bytes for what is alive now and for what will be: a power of two. */
static uint32_t slots_for(unsigned long objects, unsigned long per_object)
{
	uint32_t slots = SLOTS_MIN;

	while (slots < objects * per_object && slots < SLOTS_MAX)
		slots *= 2;
	return slots;
}

static int load(struct walk *walk, int32_t tree_tgid, char *error)
{
	uint32_t described = slots_for(environment_anon_vma_count(), 4);
	uint32_t places = slots_for(environment_vma_count(), 2);
	int rc;

	environment_quiet_libbpf();
	walk->bpf = walk_bpf__open();
	if (!walk->bpf)
		return fail(error, -errno, "cannot prepare the BPF program");
	walk->bpf->rodata->have_rdonly_cast = walk->features.rdonly_cast;
	walk->bpf->rodata->have_bpf_loop = walk->features.bpf_loop;
	walk->bpf->rodata->tree_tgid = (uint32_t)tree_tgid;
	bpf_map__set_max_entries(walk->bpf->maps.described_anon_vmas, described);
	bpf_map__set_max_entries(walk->bpf->maps.vma_places, places);
	rc = walk_bpf__load(walk->bpf);
	if (rc)
		return fail(error, rc,
			    "the kernel refuses the BPF program (VMASCOPE_BPF_LOG=1 shows why)");
	walk->bpf->bss->described_mask = described - 1;
	walk->bpf->bss->places_mask = places - 1;
	walk->link = bpf_program__attach_iter(walk->bpf->progs.walk_task_vma, NULL);
	if (!walk->link)
		return fail(error, -errno, "cannot attach the BPF iterator");
	return 0;
}

static int take(void *context, void *record, size_t size);

int walk_open(int32_t tree_tgid, struct walk **ret_walk, char *error)
{
	struct walk *walk = calloc(1, sizeof(*walk));
	int rc = walk ? environment_features(&walk->features) : -ENOMEM;

	if (rc) {
		free(walk);
		return fail(error, rc, "cannot read the kernel's type information");
	}
	environment_describe(&walk->begin);
	walk->begin.head.type = RECORD_BEGIN;
	walk->begin.head.size = sizeof(walk->begin);
	walk->begin.tree_tgid = (uint32_t)tree_tgid;
	rc = load(walk, tree_tgid, error);
	if (!rc) {
		walk->ring = ring_buffer__new(bpf_map__fd(walk->bpf->maps.ring), take, walk, NULL);
		if (!walk->ring)
			rc = fail(error, -errno, "cannot map the ring buffer");
	}
	if (rc)
		walk_close(&walk);
	else
		*ret_walk = walk;
	return rc;
}

void walk_close(struct walk **walk)
{
	struct walk *closing = *walk;

	if (!closing)
		return;
	ring_buffer__free(closing->ring);
	bpf_link__destroy(closing->link);
	walk_bpf__destroy(closing->bpf);
	cgroup_paths_clear(&closing->cgroups);
	key_map_clear(&closing->told_cgroups);
	free(closing);
	*walk = NULL;
}

static int pass_on(struct walk *walk, const void *record, size_t size)
{
	int rc = 0;

	walk->records++;
	walk->result->stream_bytes += size;
	if (!walk->decoder)
		return 0;
	rc = decoder_feed(walk->decoder, record, size);
	if (rc == -EBADMSG)
		snprintf(walk->error, WALK_ERROR_SIZE, "the kernel's records make no sense: %s",
			 walk->decoder->error);
	else if (rc)
		fail(walk->error, rc, "cannot take in the kernel's records");
	if (!rc && walk->recording) {
		rc = recording_write(walk->recording, record, size);
		if (rc)
			fail(walk->error, rc, "cannot write the recording");
	}
	return rc;
}

/* Adds the path of the process's cgroup, once for each cgroup and walk. */
static int tell_cgroup(struct walk *walk, const struct record_task *task)
{
	union {
		struct record_cgroup record;
		char bytes[sizeof(struct record_cgroup) + RECORD_PATH_MAX];
	} cgroup = {.record.head.type = RECORD_CGROUP};
	const char *path;
	size_t length;
	int rc;

	if (!walk->decoder || !task->cgroup ||
	    key_map_find(&walk->told_cgroups, task->cgroup) != KEY_MAP_NONE)
		return 0;
	rc = key_map_put(&walk->told_cgroups, task->cgroup, 1);
	path = cgroup_paths_find(&walk->cgroups, task->cgroup, task->tgid);
	if (rc || !path)
		return rc;
	length = strnlen(path, RECORD_PATH_MAX - 1);
	memcpy(cgroup.bytes + sizeof(struct record_cgroup), path, length);
	cgroup.record.cgroup = task->cgroup;
	cgroup.record.path_size = (record_u32)length + 1;
	cgroup.record.head.size = (record_u16)((sizeof(struct record_cgroup) + length + 8) & ~7ul);
	return pass_on(walk, &cgroup, cgroup.record.head.size);
}

/* ring_buffer__consume's callback. Errors are kept, not returned: the ring has
 * to be drained all the same. */
static int take(void *context, void *record, size_t size)
{
	const struct record_head *head = record;
	struct walk *walk = context;

	if (!walk->failed)
		walk->failed = pass_on(walk, record, size);
	if (!walk->failed && head->type == RECORD_TASK)
		walk->failed = tell_cgroup(walk, record);
	return 0;
}

/* Reads an iterator to its end. The program writes nothing into the file, so
 * read() gives 0 at the end and EAGAIN when the ring was full. */
static int read_through(struct walk *walk, struct bpf_link *link)
{
	char nothing[READ_BYTES];
	int fd = bpf_iter_create(bpf_link__fd(link));
	ssize_t got;
	int rc = 0;

	if (fd < 0)
		return fail(walk->error, -errno, "cannot start the BPF iterator");
	do {
		got = read(fd, nothing, sizeof(nothing));
		if (got < 0 && errno != EAGAIN && errno != EINTR)
			rc = fail(walk->error, -errno, "cannot read the BPF iterator");
		ring_buffer__consume(walk->ring);
	} while (!rc && got != 0);
	close(fd);
	return rc ? rc : walk->failed;
}

/* The program learns that a visit is over from the next one; the last has
 * none. */
static void take_last_visit_end(struct walk *walk)
{
	struct record_visit_end end = walk->bpf->bss->visit;

	if (end.head.type == RECORD_VISIT_END)
		take(walk, &end, sizeof(end));
	walk->bpf->bss->visit.head.type = 0;
}

static int pass(struct walk *walk, struct bpf_link *link)
{
	int rc = read_through(walk, link);

	if (!rc)
		take_last_visit_end(walk);
	return rc ? rc : walk->failed;
}

/* A link that shows one thread only; NULL where the kernel has none. */
static struct bpf_link *attach_to_thread(struct walk *walk, int32_t tid)
{
	union bpf_iter_link_info info = {.task.tid = (uint32_t)tid};
	LIBBPF_OPTS(bpf_iter_attach_opts, options, .link_info = &info,
		    .link_info_len = sizeof(info));

	if (!walk->features.task_filter)
		return NULL;
	return bpf_program__attach_iter(walk->bpf->progs.walk_task_vma, &options);
}

/* Walks one mm again. That its thread is gone is no error: so is the mm, or it
 * is found through another thread in a later walk. */
static int pass_again(struct walk *walk, const struct decode_retry *retry)
{
	struct bpf_link *link = attach_to_thread(walk, retry->tid);
	int rc;

	if (!link && walk->features.task_filter)
		return 0;
	walk->bpf->bss->one_tgid = (uint32_t)retry->tgid;
	walk->bpf->bss->fresh_pass++;
	rc = pass(walk, link ? link : walk->link);
	walk->bpf->bss->one_tgid = 0;
	bpf_link__destroy(link);
	return rc;
}

static int retry_all(struct walk *walk)
{
	struct decoder *decoder = walk->decoder;
	uint32_t count = decoder->retry_count;
	struct decode_retry *retries;
	int rc = 0;

	if (count == 0)
		return 0;
	retries = malloc(count * sizeof(*retries));
	if (!retries)
		return fail(walk->error, -ENOMEM, "cannot walk again");
	memcpy(retries, decoder->retries, count * sizeof(*retries));
	decoder->retry_count = 0;
	for (uint32_t i = 0; !rc && i < count; i++)
		if (!decoder_has_mm(decoder, retries[i].mm))
			rc = pass_again(walk, &retries[i]);
	free(retries);
	return rc;
}

/* Walks the mms of the plan again, one by one or, where they are many, all at
 * once. Their VMAs are known; it is for the anon_vmas they link to. */
static int look_again(struct walk *walk)
{
	struct decoder *decoder = walk->decoder;
	int rc = decode_plan(decoder);

	if (rc)
		return fail(walk->error, rc, "cannot plan the walk");
	if (decoder->retry_count > PASSES_MAX) {
		walk->bpf->bss->fresh_pass++;
		return pass(walk, walk->link);
	}
	for (uint32_t i = 0; !rc && i < decoder->retry_count; i++)
		rc = pass_again(walk, &decoder->retries[i]);
	return rc;
}

static int all_passes(struct walk *walk, bool incremental)
{
	int rc;

	walk->bpf->bss->incremental = incremental;
	walk->bpf->bss->last_attempt = false;
	walk->bpf->bss->quiet_visits = incremental && walk->features.mm_lock_seq;
	rc = pass(walk, walk->link);
	walk->bpf->bss->quiet_visits = false;
	for (int attempt = 2; !rc && walk->decoder && attempt <= ATTEMPTS; attempt++) {
		walk->bpf->bss->last_attempt = attempt == ATTEMPTS;
		rc = retry_all(walk);
	}
	return rc || !incremental || !walk->decoder ? rc : look_again(walk);
}

static int begin(struct walk *walk, bool incremental)
{
	struct record_begin record = walk->begin;

	/* A walk that failed leaves a gap in the numbers, so the next one cannot
	 * take it for the walk before. */
	walk->bpf->bss->walk_number += incremental ? 1 : 2;
	record.taken_ns = clock_ns(CLOCK_REALTIME);
	record.boottime_ns = clock_ns(CLOCK_BOOTTIME);
	record.walk = incremental ? RECORD_WALK_INCREMENTAL : 0;
	return pass_on(walk, &record, sizeof(record));
}

static int end(struct walk *walk, uint64_t start_ns)
{
	struct record_end record = {
		.head = {.type = RECORD_END, .size = sizeof(record)},
		.walk_ns = clock_ns(CLOCK_MONOTONIC) - start_ns,
		.records = walk->records,
	};

	walk->result->walk_ns = record.walk_ns;
	return pass_on(walk, &record, sizeof(record));
}

static int run(struct walk *walk, bool incremental, struct decoder *decoder,
	       struct recording_writer *recording, struct walk_result *result, char *error)
{
	uint64_t start_ns = clock_ns(CLOCK_MONOTONIC);
	int rc;

	/* an incremental walk leaves out what the one before it said */
	incremental = incremental && walk->taken_in;
	walk->taken_in = false;
	*result = (struct walk_result){0};
	walk->decoder = decoder;
	walk->recording = recording;
	walk->result = result;
	walk->error = error;
	walk->records = 0;
	walk->failed = 0;
	key_map_reset(&walk->told_cgroups);
	rc = begin(walk, incremental);
	if (!rc)
		rc = all_passes(walk, incremental);
	if (!rc)
		rc = end(walk, start_ns);
	walk->taken_in = !rc && decoder;
	return rc;
}

int walk_run(struct walk *walk, bool incremental, struct decoder *decoder,
	     struct recording_writer *recording, struct walk_result *result, char *error)
{
	return run(walk, incremental, decoder, recording, result, error);
}

int walk_discard(struct walk *walk, struct walk_result *result, char *error)
{
	return run(walk, false, NULL, NULL, result, error);
}
