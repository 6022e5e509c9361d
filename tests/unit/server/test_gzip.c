/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/gzip.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

#define SIZE_MAX_TESTED 300000u

static char bytes[SIZE_MAX_TESTED];
static char unpacked[SIZE_MAX_TESTED + 1];
static struct buffer packed;

static int setup(void **state)
{
	uint32_t number = 1;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++) {
		number = number * 1664525 + 1013904223;
		/* runs and noise */
		bytes[i] = (char)(i % 1000 < 500 ? 'a' : number >> 24);
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	buffer_clear(&packed);
	return 0;
}

/* One gzip member and nothing behind it. */
static size_t unpack(void)
{
	z_stream z = {
		.next_in = (Bytef *)packed.bytes,
		.avail_in = (uInt)packed.size,
		.next_out = (Bytef *)unpacked,
		.avail_out = sizeof(unpacked),
	};

	assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
	assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
	assert_int_equal(z.avail_in, 0);
	inflateEnd(&z);
	return z.total_out;
}

static void any_size_comes_back(void **state)
{
	static const size_t sizes[] = {0, 1, 1000, 16384, 100000, SIZE_MAX_TESTED};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		packed.size = 0;
		assert_int_equal(gzip_buffer(bytes, sizes[i], &packed), 0);
		assert_int_equal(unpack(), sizes[i]);
		assert_memory_equal(unpacked, bytes, sizes[i]);
	}
}

/* A stream of the bytes, in pieces. */
struct pieces {
	size_t at, size, total;
	int error; /* at its end */
	int released;
};

static int next_piece(void *context, struct buffer *buffer)
{
	struct pieces *pieces = context;
	size_t left = pieces->total - pieces->at;
	size_t size = left < pieces->size ? left : pieces->size;

	if (size == 0)
		return pieces->error;
	buffer_append(buffer, bytes + pieces->at, size);
	pieces->at += size;
	return 1;
}

static void release(void *context)
{
	((struct pieces *)context)->released++;
}

static int read_all(struct reply *reply)
{
	int rc;

	packed.size = 0;
	do {
		struct buffer piece = {0};

		rc = reply->stream.more(reply->stream.context, &piece);
		assert_true((rc == 1) == (piece.size > 0));
		buffer_append(&packed, piece.bytes, piece.size);
		buffer_clear(&piece);
	} while (rc == 1);
	return rc;
}

static void a_stream_comes_back(void **state)
{
	static const size_t sizes[] = {1, 100, 20000, SIZE_MAX_TESTED};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct pieces pieces = {.size = sizes[i], .total = i ? SIZE_MAX_TESTED : 3000};
		struct reply reply = {0};

		reply_set_stream(&reply, next_piece, release, &pieces);
		assert_int_equal(gzip_stream(&reply), 0);
		assert_int_equal(read_all(&reply), 0);
		assert_int_equal(unpack(), pieces.total);
		assert_memory_equal(unpacked, bytes, pieces.total);
		reply_clear(&reply);
		assert_int_equal(pieces.released, 1);
	}
}

static void an_empty_stream_is_an_empty_file(void **state)
{
	struct pieces pieces = {.size = 1};
	struct reply reply = {0};

	(void)state;
	reply_set_stream(&reply, next_piece, release, &pieces);
	assert_int_equal(gzip_stream(&reply), 0);
	assert_int_equal(read_all(&reply), 0);
	assert_int_equal(unpack(), 0);
	reply_clear(&reply);
	assert_int_equal(pieces.released, 1);
}

static void an_error_is_passed_on(void **state)
{
	struct pieces pieces = {.size = 100, .total = 1000, .error = -ENOENT};
	struct reply reply = {0};

	(void)state;
	reply_set_stream(&reply, next_piece, release, &pieces);
	assert_int_equal(gzip_stream(&reply), 0);
	assert_int_equal(read_all(&reply), -ENOENT);
	reply_clear(&reply);
	assert_int_equal(pieces.released, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(any_size_comes_back),
		TEST(a_stream_comes_back),
		TEST(an_empty_stream_is_an_empty_file),
		TEST(an_error_is_passed_on),
	};

	return cmocka_run_group_tests_name("server/gzip", tests, NULL, NULL);
}
