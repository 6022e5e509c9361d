/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * made_up: histories of systems that never were, written by the real store.
 *
 * What a model holds is named by the numbers that the caller gives: the same
 * number is the same object in every snapshot. Errors end the program.
 */
#ifndef VMASCOPE_TESTS_BENCH_MADE_UP_H
#define VMASCOPE_TESTS_BENCH_MADE_UP_H

#include <stdint.h>

#include "schema/store.h"
#include "topology/analysis.h"
#include "topology/model.h"

#define MADE_UP_PAGE 4096u

/* All zero bytes is closed. */
struct made_up {
	struct store *store;
	struct analyser *analyser;
	struct model models[2];
	struct analysis analyses[2];
	struct store_sequences sequences;
	unsigned int now; /* the model that is being filled */
	bool any; /* the other one was written */
	uint64_t taken_ns;
};

void made_up_open(struct made_up *made_up, const char *path);
void made_up_close(struct made_up *made_up);

/* An empty model to fill, a second later than the last. */
struct model *made_up_next(struct made_up *made_up);
/* Writes it as the next snapshot. */
void made_up_write(struct made_up *made_up);

/* A process with an address space of its own, which gets the VMAs that follow. */
void made_up_process(struct model *model, int32_t tgid, int32_t ppid);
/* Indexes in the model. The child's counters are those of no VMA yet. */
uint32_t made_up_root(struct model *model, uint64_t number);
uint32_t made_up_child(struct model *model, uint64_t number, uint32_t parent);
/* The first of the chain is the active one; count may be 0. */
void made_up_vma(struct model *model, uint64_t page, uint64_t pages, uint64_t flags,
		 const uint32_t *chain, uint32_t count);

#endif
