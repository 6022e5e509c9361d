/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * store_loading: a snapshot being read into a model, and what the modules that
 * do so share. Nobody but store_load* includes this.
 */
#ifndef VMASCOPE_SCHEMA_STORE_LOADING_H
#define VMASCOPE_SCHEMA_STORE_LOADING_H

#include <stdint.h>

#include "store_internal.h"

/* One load in progress. */
struct store_loading {
	struct store *store;
	struct model *model;
	int64_t snapshot;
	uint32_t root_id; /* 0 = all trees */
	uint32_t mm_id; /* 0 = all mms */
	struct key_map file_by_id;
};

static inline uint64_t store_column_uint(sqlite3_stmt *statement, int column)
{
	return (uint64_t)sqlite3_column_int64(statement, column);
}

static inline uint32_t store_column_u32(sqlite3_stmt *statement, int column)
{
	return (uint32_t)sqlite3_column_int64(statement, column);
}

typedef int (*store_take)(struct store_loading *loading, sqlite3_stmt *row, void *context);

/* Runs take for every row of the statement with ?1 = the snapshot and, where id
 * is not 0, ?2 = id. */
int store_load_each(struct store_loading *loading, enum store_statement which, uint64_t id,
		    store_take take, void *context);

#endif
