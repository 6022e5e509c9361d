/* SPDX-License-Identifier: GPL-2.0-only */
#include "revision.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "rfc3339.h"
#include "schema/store_list.h"
#include "schema/store_revision.h"

/* "2026-11-21T02": what begins so was meant as a time. */
static bool looks_like_a_time(const char *text)
{
	static const char form[] = "0000-00-00T00";

	for (const char *at = form; *at; at++, text++)
		if (*at == '0' ? !isdigit((unsigned char)*text) :
		    *at == 'T' ? !*text || !strchr("Tt ", *text) :
				 *text != *at)
			return false;
	return true;
}

static bool is_number(const char *text)
{
	return *text && strspn(text, "0123456789") == strlen(text);
}

static bool read_number(const char *text, int64_t *ret_value)
{
	if (!is_number(text))
		return false;
	errno = 0;
	*ret_value = strtoll(text, NULL, 10);
	return errno == 0;
}

static int note_found(void *context, const void *row)
{
	(void)row;
	*(bool *)context = true;
	return 0;
}

static int find_id(struct store *store, const char *name, const char *text, int64_t *ret_snapshot,
		   struct problem *problem)
{
	int64_t id = 0, last = 0;
	bool found = false;
	int rc;

	if (!read_number(text, &id) || id == 0)
		return problem_set(problem, 400,
				   "%s: ids of snapshots are from 1 to %" PRId64
				   "; label:%.64s is the label.",
				   name, INT64_MAX, text);
	rc = store_find_snapshot(store, id, note_found, &found);
	if (!rc && !found)
		rc = store_last_snapshot_id(store, &last);
	if (rc)
		return rc;
	if (!found && id <= last)
		return problem_set(problem, 410,
				   "%s: snapshot %" PRId64
				   " has been deleted; /api/v1/snapshots lists those there are.",
				   name, id);
	if (!found)
		return problem_set(problem, 404,
				   "%s: there is no snapshot %" PRId64
				   " yet; /api/v1/snapshots lists those there are.",
				   name, id);
	*ret_snapshot = id;
	return 0;
}

static int find_latest(struct store *store, const char *name, const char *back,
		       int64_t *ret_snapshot, struct problem *problem)
{
	int64_t steps = 0, count = 0;
	int rc;

	if (*back && (*back != '~' || !read_number(back + 1, &steps)))
		return problem_set(problem, 400,
				   "%s: latest~N is the snapshot N before the newest, as in "
				   "latest~1.",
				   name);
	rc = store_find_back(store, steps, ret_snapshot);
	if (rc != -ENOENT)
		return rc;
	rc = store_count_snapshots(store, &count);
	if (rc)
		return rc;
	return problem_set(problem, 404,
			   "%s: there is no snapshot %" PRId64
			   " before the newest; there are %" PRId64 " in all.",
			   name, steps, count);
}

static int read_time(const char *name, const char *text, int64_t *ret_ns, struct problem *problem)
{
	if (rfc3339_read(text, ret_ns))
		return 0;
	return problem_set(problem, 400,
			   "%s: a time is written like 2026-11-21T02:33:18Z or "
			   "2026-11-21T02:33:18.5-01:00; label:%.64s is the label.",
			   name, text);
}

static int find_time(struct store *store, const char *name, const char *text, int64_t *ret_snapshot,
		     struct problem *problem)
{
	int64_t time_ns = 0;
	int rc = read_time(name, text, &time_ns, problem);

	if (rc)
		return rc;
	rc = store_find_time(store, time_ns, ret_snapshot);
	if (rc != -ENOENT)
		return rc;
	return problem_set(problem, 404,
			   "%s: no snapshot was taken at %.64s or before; /api/v1/snapshots lists "
			   "those there are.",
			   name, text);
}

static int find_label(struct store *store, const char *name, const char *label,
		      int64_t *ret_snapshot, struct problem *problem)
{
	int rc;

	if (!*label)
		return problem_set(problem, 400,
				   "%s: the label itself comes after label:, as in label:deploy.",
				   name);
	rc = store_find_label(store, label, ret_snapshot);
	if (rc != -ENOENT)
		return rc;
	return problem_set(problem, 404,
			   "%s: no snapshot has the label %.64s; give an id, latest, latest~N, a "
			   "label or a time.",
			   name, label);
}

int revision_find(struct store *store, const char *name, const char *text, int64_t *ret_snapshot,
		  struct problem *problem)
{
	if (strncmp(text, "label:", 6) == 0)
		return find_label(store, name, text + 6, ret_snapshot, problem);
	if (is_number(text))
		return find_id(store, name, text, ret_snapshot, problem);
	if (strncmp(text, "latest", 6) == 0 && (text[6] == '\0' || text[6] == '~'))
		return find_latest(store, name, text + 6, ret_snapshot, problem);
	if (looks_like_a_time(text))
		return find_time(store, name, text, ret_snapshot, problem);
	return find_label(store, name, text, ret_snapshot, problem);
}

static int take_time(void *context, const void *row)
{
	*(int64_t *)context = ((const struct store_snapshot_row *)row)->taken_ns;
	return 0;
}

int revision_find_moment(struct store *store, const char *name, const char *text, int64_t *ret_ns,
			 struct problem *problem)
{
	int64_t snapshot = 0;
	int rc;

	if (looks_like_a_time(text))
		return read_time(name, text, ret_ns, problem);
	if (!store)
		return problem_set(problem, 404,
				   "%s: there is no snapshot yet that could have that id or label; "
				   "a time is possible.",
				   name);
	rc = revision_find(store, name, text, &snapshot, problem);
	return rc ? rc : store_find_snapshot(store, snapshot, take_time, ret_ns);
}
