/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * snapshots: analyses models one after the other, each with the one before, as
 * the collector does but without a store. What the functions give is valid until
 * the snapshot after the next.
 */
#ifndef VMASCOPE_TESTS_SUPPORT_SNAPSHOTS_H
#define VMASCOPE_TESTS_SUPPORT_SNAPSHOTS_H

#include <stdbool.h>
#include <stdint.h>

#include "topology/analysis.h"
#include "topology/model.h"

struct snapshots {
	struct model models[2];
	struct analysis analyses[2];
	struct analyser *analyser;
	struct analysis_options options;
	unsigned int now; /* the model that is being filled */
	bool any; /* the other one was analysed */
};

void snapshots_open(struct snapshots *snapshots);
void snapshots_close(struct snapshots *snapshots);
/* The same for cmocka: *state is the struct snapshots. */
int snapshots_setup(void **state);
int snapshots_teardown(void **state);
/* An empty model to fill. */
struct model *snapshots_next(struct snapshots *snapshots);
/* Names the objects of the model of snapshots_next and analyses it. */
const struct analysis *snapshots_analyse(struct snapshots *snapshots);
/* The model and the analysis of the last snapshots_analyse, which the test may
 * bend before the next. */
struct model *snapshots_model(struct snapshots *snapshots);
struct analysis *snapshots_analysis(struct snapshots *snapshots);

/* Findings of a kind in an analysis: their number, and the nth (from 0), which
 * there must be. */
uint32_t findings_of(const struct analysis *analysis, enum finding_kind kind);
const struct finding *finding_of(const struct analysis *analysis, enum finding_kind kind,
				 uint32_t nth);

#endif
