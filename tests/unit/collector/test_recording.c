/* SPDX-License-Identifier: GPL-2.0-only */
#include "collector/recording.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "../support/scratch.h"
#include "../support/stream.h"

#define MAGIC_SIZE 16
#define TRAILER_SIZE 16

/* What slab addresses look like. */
#define MM 0xffff888100001000ull
#define CHILD 0xffff8882000000d0ull
#define ROOT 0xffff888200000068ull

struct fixture {
	struct stream stream;
	struct recording_writer *writer;
	struct recording_reader *reader;
	char error[RECORDING_ERROR_SIZE];
};

static int setup(void **state)
{
	static struct fixture fixture;

	memset(&fixture, 0, sizeof(fixture));
	*state = &fixture;
	return scratch_setup(state);
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	stream_clear(&fixture->stream);
	recording_close(&fixture->writer);
	recording_free(&fixture->reader);
	return scratch_teardown(state);
}

/* One walk with every type of record and a chain over several records. */
static void fill_walk(struct stream *stream)
{
	uint64_t chain[RECORD_CHAIN_MAX + 2];

	for (uint32_t i = 0; i < RECORD_CHAIN_MAX + 2; i++)
		chain[i] = 0xffff888300000000ull + i * 104;
	stream_begin(stream);
	stream_task(stream, 100, MM);
	stream_cgroup(stream, 7, "/a.slice");
	stream_mm(stream);
	stream_vma_name(stream, 16, "[anon:x]");
	stream_vma(stream, 16, 1, CHILD, ROOT);
	stream_long_vma(stream, 17, chain, RECORD_CHAIN_MAX + 2);
	stream_visit_end(stream);
	stream_anon_vma(stream, CHILD, ROOT, ROOT);
	stream_anon_vma(stream, ROOT, ROOT, ROOT);
	stream_file(stream, 1, 2, "/lib/x");
	stream_end(stream)->records = 10;
}

static void write_records(struct fixture *fixture, const struct stream *stream)
{
	for (size_t at = 0; at < stream->size;) {
		const struct record_head *head = (const void *)(stream->bytes + at);

		assert_int_equal(recording_write(fixture->writer, head, head->size), 0);
		at += head->size;
	}
}

static void record(struct fixture *fixture, bool raw_addresses)
{
	assert_int_equal(
		recording_create(scratch_path("walk.rec"), raw_addresses, &fixture->writer), 0);
	write_records(fixture, &fixture->stream);
	assert_int_equal(recording_close(&fixture->writer), 0);
	assert_null(fixture->writer);
}

static int open_recording(struct fixture *fixture)
{
	recording_free(&fixture->reader);
	fixture->error[0] = '\0';
	return recording_open(scratch_path("walk.rec"), &fixture->reader, fixture->error);
}

static void assert_refused(struct fixture *fixture, int code, const char *sentence)
{
	assert_int_equal(open_recording(fixture), code);
	assert_null(fixture->reader);
	if (!strstr(fixture->error, sentence))
		fail_msg("'%s' does not say '%s'", fixture->error, sentence);
}

static const void *next(struct fixture *fixture, uint16_t type, size_t expected_size)
{
	const void *bytes = NULL;
	size_t size = 0;

	assert_true(recording_next(fixture->reader, &bytes, &size));
	assert_int_equal(((const struct record_head *)bytes)->type, type);
	assert_int_equal(size, expected_size);
	return bytes;
}

static void what_was_written_with_addresses_is_read(void **state)
{
	struct fixture *fixture = *state;
	const void *bytes = NULL;
	size_t size = 0;

	fill_walk(&fixture->stream);
	record(fixture, true);
	assert_int_equal(open_recording(fixture), 0);
	for (size_t at = 0; at < fixture->stream.size; at += size) {
		assert_true(recording_next(fixture->reader, &bytes, &size));
		if (((const struct record_head *)bytes)->type == RECORD_END)
			break;
		assert_memory_equal(bytes, fixture->stream.bytes + at, size);
	}
	if (!bytes) {
		fail_msg("nothing was read");
		return;
	}
	assert_int_equal(((const struct record_end *)bytes)->walk_ns, 12345);
	assert_int_equal(((const struct record_end *)bytes)->records, 10);
	assert_int_not_equal(((const struct record_end *)bytes)->checksum, 0);
	assert_false(recording_next(fixture->reader, &bytes, &size));
	assert_false(recording_next(fixture->reader, &bytes, &size));
}

static void several_walks_follow_each_other(void **state)
{
	struct fixture *fixture = *state;
	uint32_t walks = 0;
	const void *bytes = NULL;
	size_t size = 0;

	fill_walk(&fixture->stream);
	fill_walk(&fixture->stream);
	record(fixture, false);
	assert_int_equal(open_recording(fixture), 0);
	while (recording_next(fixture->reader, &bytes, &size))
		walks += ((const struct record_head *)bytes)->type == RECORD_END;
	assert_int_equal(walks, 2);
}

static void addresses_become_numbers_the_same_for_the_same(void **state)
{
	struct fixture *fixture = *state;
	const struct record_anon_vma *child, *root;
	const struct record_vma *vma;
	uint64_t mm, child_key, root_key;

	fill_walk(&fixture->stream);
	record(fixture, false);
	assert_int_equal(open_recording(fixture), 0);
	next(fixture, RECORD_BEGIN, sizeof(struct record_begin));
	mm = ((const struct record_task *)next(fixture, RECORD_TASK, sizeof(struct record_task)))
		     ->mm;
	assert_in_range(mm, 1, 1000);
	next(fixture, RECORD_CGROUP, sizeof(struct record_cgroup) + 16);
	assert_int_equal(
		((const struct record_mm *)next(fixture, RECORD_MM, sizeof(struct record_mm)))->mm,
		mm);
	next(fixture, RECORD_VMA_NAME, sizeof(struct record_vma_name));
	vma = next(fixture, RECORD_VMA, sizeof(struct record_vma) + 16);
	child_key = vma->chain[0];
	root_key = vma->chain[1];
	assert_int_equal(vma->anon_vma, child_key);
	assert_in_range(child_key, 1, 1000);
	assert_in_range(root_key, 1, 1000);
	assert_int_not_equal(child_key, root_key);
	assert_int_not_equal(child_key, mm);
	assert_int_equal(vma->start, 16 * STREAM_PAGE); /* what is no key stays */
	next(fixture, RECORD_VMA, sizeof(struct record_vma) + 8 * RECORD_CHAIN_MAX);
	next(fixture, RECORD_CHAIN, sizeof(struct record_chain) + 16);
	assert_int_equal(((const struct record_visit_end *)next(fixture, RECORD_VISIT_END,
								sizeof(struct record_visit_end)))
				 ->mm,
			 mm);
	child = next(fixture, RECORD_ANON_VMA, sizeof(*child));
	assert_int_equal(child->anon_vma, child_key);
	assert_int_equal(child->parent, root_key);
	root = next(fixture, RECORD_ANON_VMA, sizeof(*root));
	assert_int_equal(root->anon_vma, root_key);
	assert_int_equal(root->root, root_key);
}

static void numbers_hold_from_walk_to_walk(void **state)
{
	struct fixture *fixture = *state;
	uint64_t mm[2] = {0};
	uint32_t found = 0;
	const void *bytes = NULL;
	size_t size = 0;

	fill_walk(&fixture->stream);
	fill_walk(&fixture->stream);
	record(fixture, false);
	assert_int_equal(open_recording(fixture), 0);
	while (recording_next(fixture->reader, &bytes, &size))
		if (((const struct record_head *)bytes)->type == RECORD_MM)
			mm[found++] = ((const struct record_mm *)bytes)->mm;
	assert_int_equal(found, 2);
	assert_int_equal(mm[0], mm[1]);
}

/* Whatever holds an address, in any field. */
static void no_address_is_in_the_file(void **state)
{
	struct fixture *fixture = *state;
	uint8_t *bytes;
	size_t size, found = 0;

	fill_walk(&fixture->stream);
	for (int raw = 1; raw >= 0; raw--) {
		record(fixture, raw);
		bytes = scratch_read("walk.rec", &size);
		found = 0;
		for (size_t at = 0; at + 8 <= size; at++) {
			uint64_t word;

			memcpy(&word, bytes + at, sizeof(word));
			found += word >> 40 == 0xffff88;
		}
		free(bytes);
		assert_true(raw ? found > 70 : found == 0);
	}
}

static void an_empty_key_stays_empty(void **state)
{
	struct fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM);
	stream_mm(&fixture->stream);
	stream_plain_vma(&fixture->stream, 16, 1);
	stream_end(&fixture->stream);
	record(fixture, false);
	assert_int_equal(open_recording(fixture), 0);
	next(fixture, RECORD_BEGIN, sizeof(struct record_begin));
	next(fixture, RECORD_TASK, sizeof(struct record_task));
	next(fixture, RECORD_MM, sizeof(struct record_mm));
	assert_int_equal(
		((const struct record_vma *)next(fixture, RECORD_VMA, sizeof(struct record_vma)))
			->anon_vma,
		0);
}

static void the_file_appears_when_it_is_whole(void **state)
{
	struct fixture *fixture = *state;
	struct stat stat_buffer;

	fill_walk(&fixture->stream);
	assert_int_equal(recording_create(scratch_path("walk.rec"), false, &fixture->writer), 0);
	write_records(fixture, &fixture->stream);
	assert_int_equal(stat(scratch_path("walk.rec"), &stat_buffer), -1);
	assert_int_equal(stat(scratch_path("walk.rec.partial"), &stat_buffer), 0);
	assert_int_equal(recording_close(&fixture->writer), 0);
	assert_int_equal(stat(scratch_path("walk.rec"), &stat_buffer), 0);
	assert_int_equal(stat(scratch_path("walk.rec.partial"), &stat_buffer), -1);
	assert_int_equal(recording_close(&fixture->writer), 0); /* once more is harmless */
}

static void a_place_that_cannot_be_written(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(recording_create(scratch_path("no/such/place"), false, &fixture->writer),
			 -ENOENT);
	assert_null(fixture->writer);
}

static void a_full_disk_leaves_no_file(void **state)
{
	struct fixture *fixture = *state;
	struct stat stat_buffer;
	int rc = 0;

	/* /dev/full takes the place of the partial file */
	if (symlink("/dev/full", scratch_path("walk.rec.partial")))
		skip();
	fill_walk(&fixture->stream);
	rc = recording_create(scratch_path("walk.rec"), false, &fixture->writer);
	for (size_t at = 0; !rc && at < fixture->stream.size;) {
		const struct record_head *head = (const void *)(fixture->stream.bytes + at);

		rc = recording_write(fixture->writer, head, head->size);
		at += head->size;
	}
	if (fixture->writer) {
		int close_rc = recording_close(&fixture->writer);

		rc = rc ? rc : close_rc;
	}
	assert_int_equal(rc, -ENOSPC);
	assert_int_equal(lstat(scratch_path("walk.rec"), &stat_buffer), -1);
	assert_int_equal(lstat(scratch_path("walk.rec.partial"), &stat_buffer), -1);
}

static void records_that_are_none_are_not_written(void **state)
{
	struct fixture *fixture = *state;
	static uint64_t large[16384];

	assert_int_equal(recording_create(scratch_path("walk.rec"), false, &fixture->writer), 0);
	assert_int_equal(recording_write(fixture->writer, large, 4), -EINVAL);
	assert_int_equal(recording_write(fixture->writer, large, sizeof(large)), -EINVAL);
}

/* One byte of a small recording, whichever it is. */
static void damage_anywhere_is_found(void **state)
{
	struct fixture *fixture = *state;
	uint8_t *bytes;
	size_t size;

	stream_begin(&fixture->stream);
	stream_process(&fixture->stream, 100, MM, ROOT);
	stream_end(&fixture->stream);
	record(fixture, false);
	bytes = scratch_read("walk.rec", &size);
	assert_in_range(size, 500, 2000);
	for (size_t at = 0; at < size; at++) {
		uint8_t flips[] = {0x01, 0x80, 0xff};

		for (size_t i = 0; i < sizeof(flips); i++) {
			bytes[at] ^= flips[i];
			scratch_write("walk.rec", bytes, size);
			if (open_recording(fixture) != -EBADMSG || !fixture->error[0])
				fail_msg("byte %zu ^ %#x: '%s'", at, flips[i], fixture->error);
			bytes[at] ^= flips[i];
		}
	}
	scratch_write("walk.rec", bytes, size);
	free(bytes);
	assert_int_equal(open_recording(fixture), 0);
}

static void a_file_cut_short_is_refused(void **state)
{
	struct fixture *fixture = *state;
	uint8_t *bytes;
	size_t size;

	stream_begin(&fixture->stream);
	stream_process(&fixture->stream, 100, MM, ROOT);
	stream_end(&fixture->stream);
	record(fixture, false);
	bytes = scratch_read("walk.rec", &size);
	for (size_t length = 0; length < size; length++) {
		scratch_write("walk.rec", bytes, length);
		if (open_recording(fixture) != -EBADMSG || !fixture->error[0])
			fail_msg("%zu of %zu bytes: '%s'", length, size, fixture->error);
	}
	free(bytes);
}

/* The recording with the last `missing` bytes before its end left out. */
static void write_without(const uint8_t *bytes, size_t size, size_t missing)
{
	uint8_t *shorter = malloc(size);

	assert_non_null(shorter);
	memcpy(shorter, bytes, size - TRAILER_SIZE - missing);
	memcpy(shorter + size - TRAILER_SIZE - missing, bytes + size - TRAILER_SIZE, TRAILER_SIZE);
	scratch_write("walk.rec", shorter, size - missing);
	free(shorter);
}

static void the_sentence_says_what_is_wrong(void **state)
{
	struct fixture *fixture = *state;
	uint8_t *bytes;
	size_t size;

	fill_walk(&fixture->stream);
	record(fixture, false);
	bytes = scratch_read("walk.rec", &size);

	scratch_write("walk.rec", bytes, size - 8);
	assert_refused(fixture, -EBADMSG, "the end is missing");
	scratch_write("walk.rec", bytes, MAGIC_SIZE);
	assert_refused(fixture, -EBADMSG, "the end is missing");
	write_without(bytes, size, sizeof(struct record_end));
	assert_refused(fixture, -EBADMSG, "the last walk has no end");
	write_without(bytes, size, 8);
	assert_refused(fixture, -EBADMSG, "no whole record follows");
	bytes[size - 100] ^= 1;
	scratch_write("walk.rec", bytes, size);
	assert_refused(fixture, -EBADMSG, "the checksum does not match");
	bytes[MAGIC_SIZE - 1]++;
	scratch_write("walk.rec", bytes, size);
	assert_refused(fixture, -EBADMSG, "made by another version");
	scratch_write("walk.rec", "SQLite format 3", MAGIC_SIZE);
	assert_refused(fixture, -EBADMSG, "it is not a recording of vmascope");
	scratch_write("walk.rec", "", 0);
	assert_refused(fixture, -EBADMSG, "it is not a recording of vmascope");
	free(bytes);
}

static void walks_that_do_not_begin_are_refused(void **state)
{
	struct fixture *fixture = *state;

	stream_task(&fixture->stream, 100, MM);
	stream_end(&fixture->stream);
	record(fixture, false);
	assert_refused(fixture, -EBADMSG, "a walk does not begin where one should");
	stream_reset(&fixture->stream);
	stream_begin(&fixture->stream);
	stream_begin(&fixture->stream);
	stream_end(&fixture->stream);
	record(fixture, false);
	assert_refused(fixture, -EBADMSG, "a walk does not begin where one should");
}

static void what_is_no_file_cannot_be_read(void **state)
{
	struct fixture *fixture = *state;

	assert_refused(fixture, -ENOENT, "No such file");
	assert_int_equal(recording_open(scratch_dir(), &fixture->reader, fixture->error), -EISDIR);
	assert_null(fixture->reader);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_written_with_addresses_is_read),
		TEST(several_walks_follow_each_other),
		TEST(addresses_become_numbers_the_same_for_the_same),
		TEST(numbers_hold_from_walk_to_walk),
		TEST(no_address_is_in_the_file),
		TEST(an_empty_key_stays_empty),
		TEST(the_file_appears_when_it_is_whole),
		TEST(a_place_that_cannot_be_written),
		TEST(a_full_disk_leaves_no_file),
		TEST(records_that_are_none_are_not_written),
		TEST(damage_anywhere_is_found),
		TEST(a_file_cut_short_is_refused),
		TEST(the_sentence_says_what_is_wrong),
		TEST(walks_that_do_not_begin_are_refused),
		TEST(what_is_no_file_cannot_be_read),
	};

	return cmocka_run_group_tests_name("collector/recording", tests, NULL, NULL);
}
