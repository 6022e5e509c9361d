/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * decode_fixture: a stream to write, the decoder that reads it, and the model
 * that comes out, which is checked for all that decode.h promises of any.
 */
#ifndef VMASCOPE_TESTS_SUPPORT_DECODE_FIXTURE_H
#define VMASCOPE_TESTS_SUPPORT_DECODE_FIXTURE_H

#include <stdint.h>

#include "collector/decode.h"
#include "stream.h"
#include "topology/model.h"

#define MM 0xffff888100001000ull
#define OTHER_MM 0xffff888100002000ull
#define THIRD_MM 0xffff888100003000ull

/* Keys of anon_vmas. */
#define ROOT 0xffff888200000068ull
#define CHILD 0xffff8882000000d0ull
#define OTHER 0xffff888200000138ull
#define FOURTH 0xffff8882000001a0ull

struct decode_fixture {
	struct stream stream;
	struct decoder decoder;
	struct model model, previous;
};

/* For cmocka: *state is the fixture, empty. */
int decode_fixture_setup(void **state);
int decode_fixture_teardown(void **state);

/* Decodes the stream into the model; fails the test when it is refused. */
void decode_walk(struct decode_fixture *fixture);
/* Decodes what stands in the stream as the walk before and begins another. */
void begin_next_walk(struct decode_fixture *fixture);
void decode_next_walk(struct decode_fixture *fixture);

/* Index of an anon_vma, which there must be. */
uint32_t anon_vma_of(const struct decode_fixture *fixture, uint64_t key);
/* Of a VMA by its index. */
const char *name_of(const struct decode_fixture *fixture, uint32_t vma);
/* The anon_vma is described, below that parent, under that root. */
void assert_below(const struct decode_fixture *fixture, uint64_t key, uint64_t parent,
		  uint64_t root);

#endif
