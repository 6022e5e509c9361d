/* SPDX-License-Identifier: GPL-2.0-only */
#include "comparison.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "revision.h"
#include "snapshot_mark.h"

int comparison_mark(struct store *store, int64_t from, int64_t to, uint64_t *ret_mark,
		    uint64_t *ret_revision)
{
	uint64_t marks[2] = {0}, revisions[2] = {0};
	int rc = snapshot_mark_read(store, from, &marks[0], &revisions[0]);

	if (!rc)
		rc = snapshot_mark_read(store, to, &marks[1], &revisions[1]);
	if (rc)
		return rc;
	*ret_mark = hash_integer(marks[0], marks[1]);
	if (ret_revision)
		*ret_revision = hash_integer(revisions[0], revisions[1]);
	return 0;
}

/* The target with another value of one parameter. */
static int write_with(const struct target *target, enum param_id id, int64_t snapshot,
		      char **ret_raw)
{
	struct buffer buffer = {0};
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, snapshot);
	target_write_with(target, params[id].name, text, &buffer);
	*ret_raw = buffer_take_text(&buffer);
	return *ret_raw ? 0 : -ENOMEM;
}

static int write_ids(struct comparison *comparison, const struct target *target,
		     struct problem *problem)
{
	struct target with_from = {0};
	char *raw = NULL, *both = NULL;
	int rc = write_with(target, PARAM_DIFF_FROM, comparison->from, &raw);

	if (!rc)
		rc = target_parse(&with_from, raw, problem);
	if (!rc)
		rc = write_with(&with_from, PARAM_DIFF_TO, comparison->to, &both);
	if (!rc)
		rc = target_parse(&comparison->target, both, problem);
	if (rc)
		free(both); /* else the target points into it */
	target_clear(&with_from);
	free(raw);
	return rc;
}

static void take_value(const struct target *target, enum param_id id, int64_t snapshot,
		       struct request *request)
{
	for (size_t i = 0; i < target->pair_count; i++)
		if (strcmp(target->pairs[i].name, params[id].name) == 0)
			request->values[id].text = target->pairs[i].value;
	request->values[id].integer = snapshot;
}

int comparison_find(struct comparison *comparison, struct store *store, struct request *request,
		    struct problem *problem)
{
	const struct param_value *values = request->values;
	int rc = revision_find(store, params[PARAM_DIFF_FROM].name, values[PARAM_DIFF_FROM].text,
			       &comparison->from, problem);

	if (!rc)
		rc = revision_find(store, params[PARAM_DIFF_TO].name, values[PARAM_DIFF_TO].text,
				   &comparison->to, problem);
	if (!rc)
		rc = comparison_mark(store, comparison->from, comparison->to, &comparison->mark,
				     &comparison->revision);
	if (!rc)
		rc = write_ids(comparison, request->target, problem);
	if (rc)
		return rc;
	take_value(&comparison->target, PARAM_DIFF_FROM, comparison->from, request);
	take_value(&comparison->target, PARAM_DIFF_TO, comparison->to, request);
	request->target = &comparison->target;
	return 0;
}

void comparison_clear(struct comparison *comparison)
{
	char *raw = (char *)comparison->target.raw;

	target_clear(&comparison->target);
	free(raw);
}
