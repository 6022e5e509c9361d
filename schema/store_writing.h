/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * store_writing: one snapshot being written, and what the modules that write
 * its tables share. Nobody but store_write* includes this.
 *
 * A snapshot is written as the difference to the one before: every object of
 * `now` either keeps the row of the same object in `before` or gets a new one,
 * and every row of `before` that nobody kept is closed.
 */
#ifndef VMASCOPE_SCHEMA_STORE_WRITING_H
#define VMASCOPE_SCHEMA_STORE_WRITING_H

#include <stdbool.h>
#include <stdint.h>

#include "store_internal.h"

/* One transaction in progress. */
struct store_writing {
	struct store *store;
	const struct model *before; /* an empty model where there is none */
	const struct analysis *before_analysis;
	struct model *now;
	struct analysis *now_analysis;
	struct store_sequences *sequences;
	int64_t snapshot;
	bool raw_addresses;
	uint8_t *kept; /* of the table at hand: objects of before */
	uint8_t *chain; /* buffer for one chain */
	size_t chain_capacity;
};

void store_bind_uint(sqlite3_stmt *statement, int parameter, uint64_t value);
/* 0 is bound as NULL: no id is 0. */
void store_bind_id(sqlite3_stmt *statement, int parameter, uint32_t id);
/* The text has to live until the statement was run. */
void store_bind_text(sqlite3_stmt *statement, int parameter, const char *text);

/* Runs an INSERT whose ?1 is `born` and gives the new row. */
int store_add_row(struct store_writing *writing, sqlite3_stmt *statement, uint64_t *ret_row);
/* Runs an UPDATE that closes the row; nothing for row 0. */
int store_close_row(struct store_writing *writing, enum store_statement close, uint64_t row);
/* Makes `kept` ready for a table of count rows. */
int store_forget_kept(struct store_writing *writing, uint32_t count);
/* With --raw-addresses only. */
int store_add_raw_address(struct store_writing *writing, const char *kind, uint32_t id,
			  uint64_t key);

/* Ids, 0 for MODEL_NONE. */
uint32_t store_file_id(const struct model *model, uint32_t file);
uint32_t store_anon_vma_id(const struct model *model, uint32_t anon_vma);

/* The tables. Each sets the rows of `now`. store_write_processes.c */
int store_write_files(struct store_writing *writing);
int store_write_processes(struct store_writing *writing);
int store_write_mms(struct store_writing *writing);
/* store_write_topology.c */
int store_write_anon_vmas(struct store_writing *writing);
int store_write_vmas(struct store_writing *writing);
int store_write_trees(struct store_writing *writing);
/* store_write_findings.c */
int store_write_findings(struct store_writing *writing);
int store_write_invariants(struct store_writing *writing);

#endif
