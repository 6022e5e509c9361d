/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * diff_sides: the fields "before", "after" and "changed_fields" of a row that shows
 * an object of two snapshots.
 */
#ifndef VMASCOPE_SERVER_DIFF_SIDES_H
#define VMASCOPE_SERVER_DIFF_SIDES_H

#include <stdbool.h>

#include "field.h"

/* Whether the row, which begins with a struct store_diff_head, has the side. */
bool diff_sides_has_before(const void *row);
bool diff_sides_has_after(const void *row);
/* The names of the values that are written differently, of a row that has both.
 * The tables have the same names in the same order. */
void diff_sides_write_changed(struct json_writer *json, const struct field *before,
			      const struct field *after, const void *row);

/* DIFF_SIDES(tree) makes of the tables tree_before and tree_after what
 * DIFF_SIDES_FIELDS(tree) names in the table of a row. */
#define DIFF_SIDES(type)                                                            \
	static void write_##type##_names(struct json_writer *json, const void *row) \
	{                                                                           \
		diff_sides_write_changed(json, type##_before, type##_after, row);   \
	}                                                                           \
	static void write_##type##_changed(struct row_sink *sink, const void *row)  \
	{                                                                           \
		if (diff_sides_has_before(row) && diff_sides_has_after(row))        \
			sink->ops->json(sink, write_##type##_names, row);           \
		else                                                                \
			row_null(sink);                                             \
	}
#define DIFF_SIDES_FIELDS(type)                                                                  \
	FIELD_GROUP_IF("before", type##_before, diff_sides_has_before,                           \
		       .description = "As of from; null: it was not there"),                     \
		FIELD_GROUP_IF("after", type##_after, diff_sides_has_after,                      \
			       .description = "As of to; null: it is not there"),                \
		FIELD_BY(FIELD_JSON, "changed_fields", write_##type##_changed,                   \
			 .json = FIELD_ARRAY, .items = SHAPE_ITEM(FIELD_TEXT), .nullable = true, \
			 .description = "Names of the values that differ; null: one side is null")

#endif
