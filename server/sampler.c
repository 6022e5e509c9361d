/* SPDX-License-Identifier: GPL-2.0-only */
#include "sampler.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#define NS_PER_S 1000000000
#define S_PER_DAY 86400

/* Steps that people count in; beyond, whole days. */
static const int32_t round_steps_s[] = {1,   2,	  5,	10,   15,   30,	   60,	  120,	 300,
					600, 900, 1800, 3600, 7200, 10800, 21600, 43200, S_PER_DAY};

void sampler_start(struct sampler *sampler, size_t columns, int64_t step_s)
{
	if (step_s > INT64_MAX / NS_PER_S)
		step_s = INT64_MAX / NS_PER_S;
	*sampler = (struct sampler){.columns = columns, .step_ns = step_s * NS_PER_S};
}

void sampler_clear(struct sampler *sampler)
{
	free(sampler->points);
	free(sampler->samples);
	*sampler = (struct sampler){0};
}

static int grow(struct sampler *sampler)
{
	size_t capacity = sampler->capacity ? 2 * sampler->capacity : 256;
	void *points = realloc(sampler->points, capacity * sizeof(*sampler->points));
	void *samples;

	if (!points)
		return -ENOMEM;
	sampler->points = points;
	samples = realloc(sampler->samples,
			  capacity * sampler->columns * sizeof(*sampler->samples));
	if (!samples)
		return -ENOMEM;
	sampler->samples = samples;
	sampler->capacity = capacity;
	return 0;
}

static bool in_last_step(const struct sampler *sampler, const struct store_series_row *row)
{
	const struct sampler_point *last;

	if (!sampler->count || !sampler->step_ns)
		return false;
	last = &sampler->points[sampler->count - 1];
	return last->boot == row->boot &&
	       last->taken_ns / sampler->step_ns == row->taken_ns / sampler->step_ns;
}

static int add_point(struct sampler *sampler)
{
	int rc = sampler->count == sampler->capacity ? grow(sampler) : 0;
	struct sample *samples;

	if (rc)
		return rc;
	samples = sampler->samples + sampler->count * sampler->columns;
	for (size_t i = 0; i < sampler->columns; i++)
		samples[i] = (struct sample){.max = STORE_SERIES_NONE};
	sampler->count++;
	return 0;
}

int sampler_add(struct sampler *sampler, const struct store_series_row *row)
{
	int rc = in_last_step(sampler, row) ? 0 : add_point(sampler);
	struct sample *samples;

	if (rc)
		return rc;
	sampler->points[sampler->count - 1] = (struct sampler_point){row->snapshot, row->taken_ns,
								     row->boot};
	samples = sampler->samples + (sampler->count - 1) * sampler->columns;
	for (size_t i = 0; i < sampler->columns; i++) {
		samples[i].value = row->values[i];
		if (row->values[i] <= samples[i].max)
			continue;
		samples[i].max = row->values[i];
		samples[i].max_snapshot = row->snapshot;
	}
	sampler->rows++;
	return 0;
}

const struct sample *sampler_sample(const struct sampler *sampler, size_t point, size_t column)
{
	return &sampler->samples[point * sampler->columns + column];
}

int64_t sampler_step_s(int64_t span_ns, int64_t points)
{
	/* n steps, wherever they begin, touch n + 1 of the cuts */
	int64_t parts = points > 1 ? points - 1 : 1;
	int64_t least_s = span_ns / NS_PER_S / parts + 1;

	for (size_t i = 0; i < sizeof(round_steps_s) / sizeof(round_steps_s[0]); i++)
		if (round_steps_s[i] >= least_s)
			return round_steps_s[i];
	return (least_s + S_PER_DAY - 1) / S_PER_DAY * S_PER_DAY;
}
