/* SPDX-License-Identifier: GPL-2.0-only */
#include "stats_json.h"

#include <string.h>

#include "json_writer.h"

#define NS_PER_US 1000
#define US_PER_S 1e6

static const char *kind_name(int64_t index)
{
	static const char *const kinds[] = {
		[STORE_SERIES_TOTALS] = "totals",
		[STORE_SERIES_PROCESS] = "process",
		[STORE_SERIES_TREE] = "tree",
	};

	return index < STORE_SERIES_KIND_COUNT ? kinds[index] : NULL;
}

static const struct field subject_shape[] = {
	SHAPE(FIELD_TEXT, "kind", .choice = kind_name),
	SHAPE(FIELD_INTEGER, "root", .optional = true),
	SHAPE(FIELD_INTEGER, "pid", .optional = true),
	SHAPE(FIELD_INTEGER, "process_id", .optional = true),
	SHAPE(FIELD_TEXT, "comm", .optional = true),
	SHAPE_ARRAY("other_process_ids", FIELD_INTEGER, .optional = true,
		    .description = "More processes that had the pid, the newest first"),
	FIELD_END,
};

static const struct field sampled_shape[] = {
	SHAPE(FIELD_INTEGER, "snapshots", .description = "How many there are in the time"),
	SHAPE_OR_NULL(FIELD_TIME, "first_taken_at", .description = "Null: there is none"),
	SHAPE_OR_NULL(FIELD_TIME, "last_taken_at", .description = "Null: there is none"),
	SHAPE(FIELD_INTEGER, "points", .description = "How many values each array has"),
	FIELD_END,
};

/* An array for each series, of values that may be null. */
#define COLUMNS SHAPE_ITEM(FIELD_ARRAY, .items = SHAPE_ITEM(FIELD_INTEGER, .nullable = true))

const struct field stats_json_shape[] = {
	SHAPE_OR_NULL(FIELD_INTEGER, "step_s", .example = "300",
		      .description = "Seconds that a point stands for; null: each snapshot is one"),
	SHAPE(FIELD_GROUP, "of", .fields = subject_shape,
	      .description = "What the series are of; which members there are depends on the kind"),
	SHAPE(FIELD_GROUP, "sampled", .fields = sampled_shape),
	SHAPE_ARRAY("series", FIELD_TEXT, .example = "[\"anon_vmas\", \"avcs\"]",
		    .description = "Names of the columns; each means what it means in a list"),
	SHAPE_ARRAY("snapshots", FIELD_INTEGER,
		    .description = "Of each point the snapshot: the last of its step"),
	SHAPE_ARRAY("times", FIELD_NUMBER, .example = "[1795228398.123456]",
		    .description = "Of each point the time, in seconds since 1970"),
	SHAPE_ARRAY("boots", FIELD_INTEGER, .description = "Of each point the id of its boot"),
	SHAPE(FIELD_MAP, "columns", .items = COLUMNS,
	      .example = "{\"anon_vmas\": [31], \"avcs\": [94]}",
	      .description = "By series the values, one for each point; null: it was not there"),
	SHAPE(FIELD_MAP, "max", .items = COLUMNS, .optional = true,
	      .example = "{\"anon_vmas\": [35], \"avcs\": [101]}",
	      .description = "With a step: the largest values in each step"),
	SHAPE(FIELD_MAP, "max_snapshot", .items = COLUMNS, .optional = true,
	      .example = "{\"anon_vmas\": [15], \"avcs\": [15]}",
	      .description = "With a step: the snapshots that had the largest values"),
	FIELD_END,
};

static void write_subject(struct json_writer *json, const struct stats_subject *subject)
{
	json_name(json, "of");
	json_begin_object(json);
	json_name_text(json, "kind", kind_name(subject->kind));
	if (subject->kind == STORE_SERIES_TREE)
		json_name_integer(json, "root", subject->id);
	if (subject->kind == STORE_SERIES_PROCESS) {
		json_name_integer(json, "pid", subject->pid);
		json_name_integer(json, "process_id", subject->id);
		json_name_text(json, "comm", subject->comm);
		json_name(json, "other_process_ids");
		json_begin_array(json);
		for (size_t i = 0; i < subject->other_count; i++)
			json_integer(json, subject->others[i]);
		json_end_array(json);
	}
	json_end_object(json);
}

static void write_time(struct json_writer *json, const char *name, const struct stats *stats,
		       int64_t time_ns)
{
	json_name(json, name);
	if (stats->range.snapshots)
		json_time(json, time_ns);
	else
		json_null(json);
}

static void write_known(struct json_writer *json, int64_t value)
{
	if (value == STORE_SERIES_NONE)
		json_null(json);
	else
		json_integer(json, value);
}

static void put_snapshot(struct json_writer *json, const struct sampler_point *point)
{
	json_integer(json, point->snapshot);
}

/* Seconds since 1970: whole microseconds, which a double has room for. */
static void put_time(struct json_writer *json, const struct sampler_point *point)
{
	int64_t us = point->taken_ns / NS_PER_US;

	json_number(json, (double)us / US_PER_S);
}

static void put_boot(struct json_writer *json, const struct sampler_point *point)
{
	json_integer(json, point->boot);
}

static void write_points(struct json_writer *json, const struct sampler *sampler, const char *name,
			 void (*put)(struct json_writer *json, const struct sampler_point *point))
{
	json_name(json, name);
	json_begin_array(json);
	for (size_t i = 0; i < sampler->count; i++)
		put(json, &sampler->points[i]);
	json_end_array(json);
}

static void put_value(struct json_writer *json, const struct sample *sample)
{
	write_known(json, sample->value);
}

static void put_max(struct json_writer *json, const struct sample *sample)
{
	write_known(json, sample->max);
}

static void put_max_snapshot(struct json_writer *json, const struct sample *sample)
{
	if (sample->max_snapshot)
		json_integer(json, sample->max_snapshot);
	else
		json_null(json);
}

static void write_columns(struct json_writer *json, const struct stats *stats, const char *name,
			  void (*put)(struct json_writer *json, const struct sample *sample))
{
	const char *const *names = store_series_names(stats->subject.kind);

	json_name(json, name);
	json_begin_object(json);
	for (size_t column = 0; names[column]; column++) {
		if (!stats->shown[column])
			continue;
		json_name(json, names[column]);
		json_begin_array(json);
		for (size_t i = 0; i < stats->sampler.count; i++)
			put(json, sampler_sample(&stats->sampler, i, column));
		json_end_array(json);
	}
	json_end_object(json);
}

static void write_series_names(struct json_writer *json, const struct stats *stats)
{
	const char *const *names = store_series_names(stats->subject.kind);

	json_name(json, "series");
	json_begin_array(json);
	for (size_t i = 0; names[i]; i++)
		if (stats->shown[i])
			json_text(json, names[i], strlen(names[i]));
	json_end_array(json);
}

static void write_head(struct json_writer *json, const struct stats *stats)
{
	json_name(json, "step_s");
	if (stats->step_s)
		json_integer(json, stats->step_s);
	else
		json_null(json);
	write_subject(json, &stats->subject);
	json_name(json, "sampled");
	json_begin_object(json);
	json_name_integer(json, "snapshots", stats->sampler.rows);
	write_time(json, "first_taken_at", stats, stats->range.first_ns);
	write_time(json, "last_taken_at", stats, stats->range.last_ns);
	json_name_integer(json, "points", (int64_t)stats->sampler.count);
	json_end_object(json);
	write_series_names(json, stats);
}

void stats_json_write(struct buffer *buffer, const struct stats *stats)
{
	struct json_writer json;

	json_start(&json, buffer);
	json_begin_object(&json);
	write_head(&json, stats);
	write_points(&json, &stats->sampler, "snapshots", put_snapshot);
	write_points(&json, &stats->sampler, "times", put_time);
	write_points(&json, &stats->sampler, "boots", put_boot);
	write_columns(&json, stats, "columns", put_value);
	if (stats->step_s) {
		write_columns(&json, stats, "max", put_max);
		write_columns(&json, stats, "max_snapshot", put_max_snapshot);
	}
	json_end_object(&json);
}
