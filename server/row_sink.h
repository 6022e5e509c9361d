/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * row_sink: where the fields of a row go. A sink is made for a format (row_json.h,
 * row_csv.h); what walks a row (field.h) knows nothing else of the format.
 */
#ifndef VMASCOPE_SERVER_ROW_SINK_H
#define VMASCOPE_SERVER_ROW_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct field;
struct json_writer;
struct row_sink;

struct row_sink_ops {
	/* before each value and each group */
	void (*name)(struct row_sink *sink, const char *name);
	void (*begin_group)(struct row_sink *sink);
	void (*end_group)(struct row_sink *sink);
	/* in place of a group that the row does not have */
	void (*no_group)(struct row_sink *sink, const struct field *fields);
	void (*null)(struct row_sink *sink);
	void (*boolean)(struct row_sink *sink, bool value);
	void (*integer)(struct row_sink *sink, int64_t value);
	void (*number)(struct row_sink *sink, double value);
	void (*decimal)(struct row_sink *sink, uint64_t value);
	void (*hex)(struct row_sink *sink, uint64_t value);
	void (*time)(struct row_sink *sink, int64_t time_ns);
	void (*text)(struct row_sink *sink, const char *bytes, size_t size);
	/* what only JSON can say */
	void (*json)(struct row_sink *sink,
		     void (*write)(struct json_writer *json, const void *row), const void *row);
};

struct row_sink {
	const struct row_sink_ops *ops;
};

/* For those who write one value. */
static inline void row_null(struct row_sink *sink)
{
	sink->ops->null(sink);
}

static inline void row_boolean(struct row_sink *sink, bool value)
{
	sink->ops->boolean(sink, value);
}

static inline void row_integer(struct row_sink *sink, int64_t value)
{
	sink->ops->integer(sink, value);
}

static inline void row_decimal(struct row_sink *sink, uint64_t value)
{
	sink->ops->decimal(sink, value);
}

static inline void row_hex(struct row_sink *sink, uint64_t value)
{
	sink->ops->hex(sink, value);
}

static inline void row_text(struct row_sink *sink, const char *bytes, size_t size)
{
	sink->ops->text(sink, bytes, size);
}

/* NUL-terminated. */
static inline void row_string(struct row_sink *sink, const char *text)
{
	sink->ops->text(sink, text, strlen(text));
}

#endif
