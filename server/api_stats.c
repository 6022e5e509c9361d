/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where there are more snapshots than points, a point is the last snapshot of its
 * step, so that it can be opened, and `max` has what the step's largest were and
 * `max_snapshot` where, so that no peak is lost (sampler.h).
 */
#include "api_stats.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lookup.h"
#include "revision.h"
#include "schema/store_series.h"
#include "stats_json.h"

#define NS_PER_S 1000000000
/* Points of one answer, as for the parameter points. */
#define POINTS_MAX 5000

/* An answer being made. */
struct work {
	const struct call *call;
	const struct param_value *values;
	struct problem *problem;
	struct store_series_query query;
	struct store_series *series;
	struct stats stats;
};

/* The time of from or to; `ret_ns` keeps what it has where it is not given. */
static int read_moment(const struct work *work, enum param_id id, int64_t *ret_ns)
{
	const char *text = work->values[id].text;

	return text ? revision_find_moment(work->call->store, params[id].name, text, ret_ns,
					   work->problem) :
		      0;
}

static int read_range(struct work *work)
{
	int rc = read_moment(work, PARAM_STATS_FROM, &work->query.first_ns);

	if (!rc)
		rc = read_moment(work, PARAM_STATS_TO, &work->query.last_ns);
	if (rc)
		return rc;
	if (work->query.first_ns > work->query.last_ns)
		return problem_set(work->problem, 400, "from is later than to; swap them.");
	work->query.boot = work->values[PARAM_BOOT].integer;
	return work->call->store ?
		       store_series_range(work->call->store, &work->query, &work->stats.range) :
		       0;
}

/* The newest comes first; versions of one process follow each other. */
static int take_process(void *context, const void *row)
{
	const struct store_subject_row *process = row;
	struct stats_subject *subject = context;
	size_t count = subject->other_count;

	if (!subject->id) {
		subject->id = process->process_id;
		subject->pid = process->pid;
		lookup_copy_text(&process->comm, subject->comm, sizeof(subject->comm));
		return 0;
	}
	if (process->process_id == (count ? subject->others[count - 1] : subject->id))
		return 0;
	if (count == STATS_OTHERS_MAX)
		return 1;
	subject->others[subject->other_count++] = process->process_id;
	return 0;
}

static int find_process(struct work *work)
{
	int64_t pid = work->values[PARAM_PID].integer;
	int64_t process_id = work->values[PARAM_PROCESS_ID].integer;
	struct store *store = work->call->store;
	int rc = 0;

	if (store && process_id)
		rc = store_find_subject(store, process_id, work->stats.range.first_id,
					work->stats.range.last_id, take_process,
					&work->stats.subject);
	else if (store)
		rc = store_list_subjects(store, pid, work->stats.range.first_id,
					 work->stats.range.last_id, take_process,
					 &work->stats.subject);
	if (rc)
		return rc;
	if (work->stats.subject.id && (!pid || work->stats.subject.pid == pid))
		return 0;
	return problem_set(work->problem, 404,
			   "No snapshot of that time has the process %s %" PRId64
			   "; widen from and "
			   "to, or take one of a snapshot's processes list.",
			   process_id ? "with the id" : "with the pid",
			   process_id ? process_id : pid);
}

static int find_subject(struct work *work)
{
	const struct param_value *root = &work->values[PARAM_ROOT];
	bool process = work->values[PARAM_PID].text || work->values[PARAM_PROCESS_ID].text;

	if (root->text && process)
		return problem_set(
			work->problem, 400,
			"Ask for a process (pid, process_id) or for a tree (root), not for "
			"both at once.");
	if (root->text)
		work->stats.subject = (struct stats_subject){.kind = STORE_SERIES_TREE,
							     .id = root->integer};
	if (process)
		work->stats.subject.kind = STORE_SERIES_PROCESS;
	return process ? find_process(work) : 0;
}

static int refuse_series(struct work *work, const char *name, size_t size)
{
	const char *const *names = store_series_names(work->stats.subject.kind);
	struct buffer known = {0};
	char *text;
	int rc;

	for (size_t i = 0; names[i]; i++)
		buffer_format(&known, "%s%s", i ? ", " : "", names[i]);
	text = buffer_take_text(&known);
	rc = problem_set(work->problem, 400, "There is no series \"%.*s\" here; there are %s.",
			 (int)(size < 32 ? size : 32), name, text ? text : "others");
	free(text);
	return rc;
}

/* Without the parameter all are. */
static int choose_series(struct work *work)
{
	const char *const *names = store_series_names(work->stats.subject.kind);
	const char *at = work->values[PARAM_SERIES].text;

	for (size_t i = 0; names[i]; i++)
		work->stats.shown[i] = !at;
	while (at) {
		size_t size = strcspn(at, ",");
		size_t i = 0;

		while (names[i] && (strlen(names[i]) != size || memcmp(names[i], at, size) != 0))
			i++;
		if (!names[i])
			return refuse_series(work, at, size);
		work->stats.shown[i] = true;
		at = at[size] ? at + size + 1 : NULL;
	}
	return 0;
}

static int open_series(struct work *work)
{
	int rc;

	if (!work->call->store)
		return 0;
	work->query.kind = work->stats.subject.kind;
	work->query.subject = work->stats.subject.id;
	rc = store_series_open(work->call->store, &work->query, &work->stats.range, &work->series);
	if (!rc && work->stats.subject.kind == STORE_SERIES_TREE && !work->stats.range.snapshots)
		return problem_set(work->problem, 404,
				   "No snapshot of that time has the tree %" PRId64
				   "; widen from and to, or take one of a snapshot's trees list.",
				   work->stats.subject.id);
	return rc;
}

/* A damaged database may hold any times. */
static int64_t span_ns(const struct store_series_range *range)
{
	uint64_t span = (uint64_t)range->last_ns - (uint64_t)range->first_ns;

	return span > INT64_MAX ? INT64_MAX : (int64_t)span;
}

static int choose_step(struct work *work)
{
	int64_t span_s = span_ns(&work->stats.range) / NS_PER_S;
	int64_t points = work->values[PARAM_POINTS].integer;
	int64_t wanted_s = work->values[PARAM_STEP].integer; /* 0: the server chooses */

	if (wanted_s && span_s / wanted_s >= POINTS_MAX)
		return problem_set(work->problem, 400,
				   "That step makes more than %d points; take one of at least "
				   "%" PRId64 "s, or less time between from and to.",
				   POINTS_MAX, span_s / POINTS_MAX + 1);
	work->stats.step_s = wanted_s;
	if (!wanted_s && work->stats.range.snapshots > points)
		work->stats.step_s = sampler_step_s(span_ns(&work->stats.range), points);
	return 0;
}

static int take_row(void *context, const void *row)
{
	return sampler_add(context, row);
}

static int sample(struct work *work)
{
	const char *const *names = store_series_names(work->stats.subject.kind);
	size_t columns = 0;

	while (names[columns])
		columns++;
	sampler_start(&work->stats.sampler, columns, work->stats.step_s);
	return work->series ? store_series_read(work->series, take_row, &work->stats.sampler) : 0;
}

static int make(struct work *work)
{
	int rc = read_range(work);

	if (!rc)
		rc = find_subject(work);
	if (!rc)
		rc = choose_series(work);
	if (!rc)
		rc = open_series(work);
	if (!rc)
		rc = choose_step(work);
	return rc ? rc : sample(work);
}

int api_stats(const struct call *call, struct reply *reply)
{
	struct work work = {
		.call = call,
		.values = call->request->values,
		.problem = &reply->problem,
		.query = {.first_ns = INT64_MIN, .last_ns = INT64_MAX},
	};
	int rc = make(&work);

	if (!rc)
		stats_json_write(&reply->body, &work.stats);
	store_series_close(&work.series);
	sampler_clear(&work.stats.sampler);
	if (rc)
		return rc;
	reply_set_json(reply);
	reply_header(reply, "Cache-Control", "no-cache");
	return 0;
}
