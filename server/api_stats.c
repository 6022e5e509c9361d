/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One document with an array for each series, as a plotting library takes them.
 * Where there are more snapshots than points, a point is the last snapshot of its
 * step, so that it can be opened, and `max` has what the step's largest were and
 * `max_snapshot` where, so that no peak is lost (sampler.h).
 */
#include "api_stats.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "json_writer.h"
#include "lookup.h"
#include "sampler.h"
#include "schema/store_series.h"

#define NS_PER_S 1000000000
#define NS_PER_US 1000
#define US_PER_S 1e6
/* Points of one answer, as for the parameter points. */
#define POINTS_MAX 5000
#define OTHERS_MAX 16

/* What the series are of. */
struct subject {
	enum store_series_kind kind;
	int64_t id;
	int64_t pid;
	char comm[MODEL_COMM_SIZE];
	/* more processes that had the pid, the newest first */
	int64_t others[OTHERS_MAX];
	size_t other_count;
	bool found;
};

/* An answer being made. */
struct stats {
	const struct call *call;
	const struct param_value *values;
	struct problem *problem;
	struct subject subject;
	struct store_series_query query;
	struct store_series_range range;
	struct store_series *series;
	struct sampler sampler;
	int64_t step_s; /* 0: every snapshot is a point */
	bool shown[STORE_SERIES_MAX];
};

static int take_time(void *context, const void *row)
{
	*(int64_t *)context = ((const struct store_snapshot_row *)row)->taken_ns;
	return 0;
}

/* The time of from or to; `ret_ns` keeps what it has where neither is given. */
static int read_moment(const struct stats *stats, enum param_id id, int64_t *ret_ns)
{
	const struct param_value *value = &stats->values[id];
	int64_t taken_ns = -1;
	int rc = 0;

	if (!value->text)
		return 0;
	if (value->is_time)
		taken_ns = value->integer;
	else if (stats->call->store)
		rc = store_find_snapshot(stats->call->store, value->integer, take_time, &taken_ns);
	if (rc)
		return rc;
	if (!value->is_time && taken_ns < 0)
		return problem_set(stats->problem, 404,
				   "There is no snapshot %" PRId64
				   " for %s; give a time instead, or "
				   "an id of /api/v1/snapshots.",
				   value->integer, params[id].name);
	*ret_ns = taken_ns;
	return 0;
}

static int read_range(struct stats *stats)
{
	int rc = read_moment(stats, PARAM_STATS_FROM, &stats->query.first_ns);

	if (!rc)
		rc = read_moment(stats, PARAM_STATS_TO, &stats->query.last_ns);
	if (rc)
		return rc;
	if (stats->query.first_ns > stats->query.last_ns)
		return problem_set(stats->problem, 400, "from is later than to; swap them.");
	stats->query.boot = stats->values[PARAM_BOOT].integer;
	return stats->call->store ?
		       store_series_range(stats->call->store, &stats->query, &stats->range) :
		       0;
}

/* The newest comes first; versions of one process follow each other. */
static int take_process(void *context, const void *row)
{
	const struct store_subject_row *process = row;
	struct subject *subject = context;
	size_t count = subject->other_count;

	if (!subject->found) {
		subject->found = true;
		subject->id = process->process_id;
		subject->pid = process->pid;
		lookup_copy_text(&process->comm, subject->comm, sizeof(subject->comm));
		return 0;
	}
	if (process->process_id == (count ? subject->others[count - 1] : subject->id))
		return 0;
	if (count == OTHERS_MAX)
		return 1;
	subject->others[subject->other_count++] = process->process_id;
	return 0;
}

static int find_process(struct stats *stats)
{
	int64_t pid = stats->values[PARAM_PID].integer;
	int64_t process_id = stats->values[PARAM_PROCESS_ID].integer;
	struct store *store = stats->call->store;
	int rc = 0;

	if (store && process_id)
		rc = store_find_subject(store, process_id, stats->range.first_id,
					stats->range.last_id, take_process, &stats->subject);
	else if (store)
		rc = store_list_subjects(store, pid, stats->range.first_id, stats->range.last_id,
					 take_process, &stats->subject);
	if (rc)
		return rc;
	if (stats->subject.found && (!pid || stats->subject.pid == pid))
		return 0;
	return problem_set(stats->problem, 404,
			   "No snapshot of that time has the process %s %" PRId64
			   "; widen from and "
			   "to, or take one of a snapshot's processes list.",
			   process_id ? "with the id" : "with the pid",
			   process_id ? process_id : pid);
}

static int find_subject(struct stats *stats)
{
	const struct param_value *root = &stats->values[PARAM_ROOT];
	bool process = stats->values[PARAM_PID].text || stats->values[PARAM_PROCESS_ID].text;

	if (root->text && process)
		return problem_set(
			stats->problem, 400,
			"Ask for a process (pid, process_id) or for a tree (root), not for "
			"both at once.");
	if (root->text)
		stats->subject = (struct subject){.kind = STORE_SERIES_TREE, .id = root->integer};
	if (process)
		stats->subject.kind = STORE_SERIES_PROCESS;
	return process ? find_process(stats) : 0;
}

static int refuse_series(struct stats *stats, const char *name, size_t size)
{
	const char *const *names = store_series_names(stats->subject.kind);
	struct buffer known = {0};
	char *text;
	int rc;

	for (size_t i = 0; names[i]; i++)
		buffer_format(&known, "%s%s", i ? ", " : "", names[i]);
	text = buffer_take_text(&known);
	rc = problem_set(stats->problem, 400, "There is no series \"%.*s\" here; there are %s.",
			 (int)(size < 32 ? size : 32), name, text ? text : "others");
	free(text);
	return rc;
}

/* Without the parameter all are. */
static int choose_series(struct stats *stats)
{
	const char *const *names = store_series_names(stats->subject.kind);
	const char *at = stats->values[PARAM_SERIES].text;

	for (size_t i = 0; names[i]; i++)
		stats->shown[i] = !at;
	while (at) {
		size_t size = strcspn(at, ",");
		size_t i = 0;

		while (names[i] && (strlen(names[i]) != size || memcmp(names[i], at, size) != 0))
			i++;
		if (!names[i])
			return refuse_series(stats, at, size);
		stats->shown[i] = true;
		at = at[size] ? at + size + 1 : NULL;
	}
	return 0;
}

static int open_series(struct stats *stats)
{
	int rc;

	if (!stats->call->store)
		return 0;
	stats->query.kind = stats->subject.kind;
	stats->query.subject = stats->subject.id;
	rc = store_series_open(stats->call->store, &stats->query, &stats->range, &stats->series);
	if (!rc && stats->subject.kind == STORE_SERIES_TREE && !stats->range.snapshots)
		return problem_set(stats->problem, 404,
				   "No snapshot of that time has the tree %" PRId64
				   "; widen from and to, or take one of a snapshot's trees list.",
				   stats->subject.id);
	return rc;
}

/* A damaged database may hold any times. */
static int64_t span_ns(const struct store_series_range *range)
{
	uint64_t span = (uint64_t)range->last_ns - (uint64_t)range->first_ns;

	return span > INT64_MAX ? INT64_MAX : (int64_t)span;
}

static int choose_step(struct stats *stats)
{
	int64_t span_s = span_ns(&stats->range) / NS_PER_S;
	int64_t points = stats->values[PARAM_POINTS].integer;
	int64_t wanted_s = stats->values[PARAM_STEP].integer; /* 0: the server chooses */

	if (wanted_s && span_s / wanted_s >= POINTS_MAX)
		return problem_set(stats->problem, 400,
				   "That step makes more than %d points; take one of at least "
				   "%" PRId64 "s, or less time between from and to.",
				   POINTS_MAX, span_s / POINTS_MAX + 1);
	stats->step_s = wanted_s;
	if (!wanted_s && stats->range.snapshots > points)
		stats->step_s = sampler_step_s(span_ns(&stats->range), points);
	return 0;
}

static int take_row(void *context, const void *row)
{
	return sampler_add(context, row);
}

static int sample(struct stats *stats)
{
	const char *const *names = store_series_names(stats->subject.kind);
	size_t columns = 0;

	while (names[columns])
		columns++;
	sampler_start(&stats->sampler, columns, stats->step_s);
	return stats->series ? store_series_read(stats->series, take_row, &stats->sampler) : 0;
}

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
	SHAPE(FIELD_INTEGER, "points", .description = "How many values each array has"),
	FIELD_END,
};

/* An array for each series, of values that may be null. */
#define COLUMNS SHAPE_ITEM(FIELD_ARRAY, .items = SHAPE_ITEM(FIELD_INTEGER, .nullable = true))

const struct field api_stats_document[] = {
	SHAPE_OR_NULL(FIELD_TIME, "from", .description = "Time of the first snapshot; null: none"),
	SHAPE_OR_NULL(FIELD_TIME, "to", .description = "Time of the last snapshot"),
	SHAPE_OR_NULL(FIELD_INTEGER, "step_s", .example = "300",
		      .description = "Seconds that a point stands for; null: each snapshot is one"),
	SHAPE(FIELD_GROUP, "of", .fields = subject_shape,
	      .description = "What the series are of; which members there are depends on the kind"),
	SHAPE(FIELD_GROUP, "sampled", .fields = sampled_shape),
	SHAPE_ARRAY("series", FIELD_TEXT, .example = "[\"anon_vmas\", \"avcs\"]",
		    .description = "Names of the columns; each means what it means in a list"),
	SHAPE_ARRAY("snapshot", FIELD_INTEGER,
		    .description = "Of each point the snapshot: the last of its step"),
	SHAPE_ARRAY("time", FIELD_NUMBER, .example = "[1795228398.123456]",
		    .description = "Of each point the time, in seconds since 1970"),
	SHAPE_ARRAY("boot", FIELD_INTEGER, .description = "Of each point the boot"),
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

static void write_subject(struct json_writer *json, const struct subject *subject)
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
	write_time(json, "from", stats, stats->range.first_ns);
	write_time(json, "to", stats, stats->range.last_ns);
	json_name(json, "step_s");
	if (stats->step_s)
		json_integer(json, stats->step_s);
	else
		json_null(json);
	write_subject(json, &stats->subject);
	json_name(json, "sampled");
	json_begin_object(json);
	json_name_integer(json, "snapshots", stats->sampler.rows);
	json_name_integer(json, "points", (int64_t)stats->sampler.count);
	json_end_object(json);
	write_series_names(json, stats);
}

static void write_stats(const struct stats *stats, struct buffer *buffer)
{
	struct json_writer json;

	json_start(&json, buffer);
	json_begin_object(&json);
	write_head(&json, stats);
	write_points(&json, &stats->sampler, "snapshot", put_snapshot);
	write_points(&json, &stats->sampler, "time", put_time);
	write_points(&json, &stats->sampler, "boot", put_boot);
	write_columns(&json, stats, "columns", put_value);
	if (stats->step_s) {
		write_columns(&json, stats, "max", put_max);
		write_columns(&json, stats, "max_snapshot", put_max_snapshot);
	}
	json_end_object(&json);
}

static int make(struct stats *stats)
{
	int rc = read_range(stats);

	if (!rc)
		rc = find_subject(stats);
	if (!rc)
		rc = choose_series(stats);
	if (!rc)
		rc = open_series(stats);
	if (!rc)
		rc = choose_step(stats);
	return rc ? rc : sample(stats);
}

int api_stats(const struct call *call, struct reply *reply)
{
	struct stats stats = {
		.call = call,
		.values = call->request->values,
		.problem = &reply->problem,
		.query = {.first_ns = INT64_MIN, .last_ns = INT64_MAX},
	};
	int rc = make(&stats);

	if (!rc)
		write_stats(&stats, &reply->body);
	store_series_close(&stats.series);
	sampler_clear(&stats.sampler);
	if (rc)
		return rc;
	reply_set_json(reply);
	reply_header(reply, "Cache-Control", "no-cache");
	return 0;
}
