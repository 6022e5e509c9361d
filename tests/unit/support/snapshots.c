/* SPDX-License-Identifier: GPL-2.0-only */
#include "snapshots.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "forest.h"

void snapshots_open(struct snapshots *snapshots)
{
	*snapshots = (struct snapshots){0};
	assert_int_equal(analyser_new(&snapshots->analyser), 0);
}

void snapshots_close(struct snapshots *snapshots)
{
	analyser_free(&snapshots->analyser);
	for (unsigned int i = 0; i < 2; i++) {
		model_clear(&snapshots->models[i]);
		analysis_clear(&snapshots->analyses[i]);
	}
}

int snapshots_setup(void **state)
{
	static struct snapshots snapshots;

	snapshots_open(&snapshots);
	*state = &snapshots;
	return 0;
}

int snapshots_teardown(void **state)
{
	snapshots_close(*state);
	return 0;
}

struct model *snapshots_next(struct snapshots *snapshots)
{
	struct model *model = &snapshots->models[snapshots->now];

	model_reset(model);
	forest_origin(model);
	return model;
}

const struct analysis *snapshots_analyse(struct snapshots *snapshots)
{
	static const struct model nothing;
	unsigned int now = snapshots->now;
	struct model *model = &snapshots->models[now], *before = &snapshots->models[!now];
	struct analysed known = {before, &snapshots->analyses[!now]};

	forest_name_objects(model, snapshots->any ? before : &nothing);
	assert_int_equal(analysis_build(snapshots->analyser, &snapshots->options,
					snapshots->any ? &known : NULL, model,
					&snapshots->analyses[now]),
			 0);
	snapshots->now = !now;
	snapshots->any = true;
	return &snapshots->analyses[now];
}

struct model *snapshots_model(struct snapshots *snapshots)
{
	return &snapshots->models[!snapshots->now];
}

struct analysis *snapshots_analysis(struct snapshots *snapshots)
{
	return &snapshots->analyses[!snapshots->now];
}

uint32_t findings_of(const struct analysis *analysis, enum finding_kind kind)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < analysis->findings.count; i++)
		count += analysis->findings.items[i].kind == kind;
	return count;
}

const struct finding *finding_of(const struct analysis *analysis, enum finding_kind kind,
				 uint32_t nth)
{
	for (uint32_t i = 0; i < analysis->findings.count; i++)
		if (analysis->findings.items[i].kind == kind && nth-- == 0)
			return &analysis->findings.items[i];
	fail_msg("there is no such %s", finding_kinds[kind].name);
	return NULL;
}
