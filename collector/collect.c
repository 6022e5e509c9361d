/* SPDX-License-Identifier: GPL-2.0-only */
#include "collect.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../schema/clock.h"
#include "../topology/fork_observed.h"
#include "identity.h"
#include "record.h"

static int fail(struct collect *collect, int rc, const char *what)
{
	snprintf(collect->error, sizeof(collect->error), "%s: %s", what, strerror(-rc));
	return rc;
}

static int fail_store(struct collect *collect, int rc)
{
	snprintf(collect->error, sizeof(collect->error), "%s", store_reason(collect->store));
	return rc;
}

/* The state that does not hold the last snapshot. */
static struct collect_state *spare(struct collect *collect)
{
	return collect->stored == &collect->states[0] ? &collect->states[1] : &collect->states[0];
}

/* A kernel does not change its rule of fork, so one answer is enough. Until the
 * chains give it, every snapshot is asked. */
static void observe_policy(struct collect *collect, const struct model *model)
{
	struct analysis_options *options = &collect->analysis;
	struct fork_observed observed;

	if (options->policy_known && strcmp(collect->observed_boot, model->origin.boot_id) == 0)
		return;
	fork_observe(model, &observed);
	options->policy_known = observed.policy != FORK_POLICY_COUNT;
	options->policy = options->policy_known ? observed.policy : 0;
	memcpy(collect->observed_boot, model->origin.boot_id, sizeof(collect->observed_boot));
}

static int analyse(struct collect *collect, struct collect_state *state)
{
	struct analysed before = {0};
	int rc = 0;

	if (!collect->analyser)
		rc = analyser_new(&collect->analyser);
	if (!rc && collect->stored) {
		before.model = &collect->stored->model;
		before.analysis = &collect->stored->analysis;
	}
	observe_policy(collect, &state->model);
	return rc ? rc :
		    analysis_build(collect->analyser, &collect->analysis,
				   collect->stored ? &before : NULL, &state->model,
				   &state->analysis);
}

/* What the store knows of this boot, as the state before. */
static int load_last(struct collect *collect, int64_t snapshot)
{
	struct collect_state *state = spare(collect);
	int rc = store_load_all(collect->store, snapshot, &state->model);

	if (rc)
		return fail_store(collect, rc);
	rc = analyse(collect, state);
	if (rc)
		return fail(collect, rc, "cannot continue the history");
	rc = store_load_analysis(collect->store, snapshot, &state->model, &state->analysis);
	if (rc)
		return fail_store(collect, rc);
	collect->stored = state;
	return 0;
}

/*
 * Picks up the history where the last collector left it. Rows that are open in
 * the database are those of the newest snapshot, of whatever boot: it is what
 * the next snapshot has to be compared with.
 */
static int resume(struct collect *collect)
{
	int64_t snapshot;
	int rc;

	if (collect->resumed)
		return 0;
	rc = store_load_sequences(collect->store, &collect->sequences);
	if (rc)
		return fail_store(collect, rc);
	rc = store_latest_snapshot(collect->store, NULL, &snapshot);
	if (rc == 0)
		rc = load_last(collect, snapshot);
	else
		rc = rc == -ENOENT ? 0 : fail_store(collect, rc);
	collect->stored_has_keys = false;
	collect->can_be_incremental = false;
	collect->resumed = rc == 0;
	return rc;
}

static int store(struct collect *collect, struct collect_state *now, const char *label,
		 uint64_t stream_bytes, uint64_t cpu_ns, struct collect_result *result)
{
	struct store_snapshot snapshot = {
		.label = label,
		.raw_addresses = collect->raw_addresses,
		.walk_ns = result->walk_ns,
		.identity_ns = result->identity_ns,
		.analyse_ns = result->analyse_ns,
		.cpu_ns = cpu_ns,
		.stream_bytes = stream_bytes,
		.rewalked_mms = result->rewalked_mms,
	};
	struct store_state before = {0};
	struct store_state after = {.model = &now->model, .analysis = &now->analysis};
	int rc;

	if (collect->stored) {
		before.model = &collect->stored->model;
		before.analysis = &collect->stored->analysis;
	}
	rc = store_write_snapshot(collect->store, &snapshot, &before, &after, &collect->sequences,
				  &result->snapshot);
	if (rc)
		return fail_store(collect, rc);
	collect->stored = now;
	result->prune_error = store_prune(collect->store, &collect->retention,
					  clock_ns(CLOCK_REALTIME), &result->pruned);
	if (result->prune_error)
		fail_store(collect, result->prune_error);
	return 0;
}

/* From a decoded model on, the way is the same for a walk and a recording. */
static int finish(struct collect *collect, struct collect_state *now, const char *label,
		  uint64_t stream_bytes, uint64_t start_cpu_ns, struct collect_result *result)
{
	const struct model *before = collect->stored ? &collect->stored->model : NULL;
	uint64_t start_ns = clock_ns(CLOCK_MONOTONIC), identified_ns, analysed_ns;
	struct store_sequences sequences = collect->sequences;
	int rc = identity_assign(before, collect->stored_has_keys, &now->model, &sequences);

	identified_ns = clock_ns(CLOCK_MONOTONIC);
	if (!rc)
		rc = analyse(collect, now);
	if (rc)
		return fail(collect, rc, "cannot analyse the snapshot");
	analysed_ns = clock_ns(CLOCK_MONOTONIC);
	result->identity_ns = identified_ns - start_ns;
	result->analyse_ns = analysed_ns - identified_ns;
	result->rewalked_mms = collect->decoder.retried_count;
	collect->sequences = sequences;
	rc = store(collect, now, label, stream_bytes,
		   clock_ns(CLOCK_THREAD_CPUTIME_ID) - start_cpu_ns, result);
	result->store_ns = clock_ns(CLOCK_MONOTONIC) - analysed_ns;
	result->totals = now->analysis.totals;
	store_shorten_log(collect->store);
	return rc;
}

int collect_live(struct collect *collect, struct walk *walk, struct recording_writer *recording,
		 const char *label, struct collect_result *result)
{
	uint64_t start_cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	struct collect_state *now;
	struct walk_result walked;
	bool incremental;
	int rc = resume(collect);

	if (rc)
		return rc;
	*result = (struct collect_result){0};
	now = spare(collect);
	incremental = collect->can_be_incremental && !recording;
	collect->can_be_incremental = false;
	decoder_start(&collect->decoder, &now->model,
		      collect->stored_has_keys ? &collect->stored->model : NULL);
	rc = walk_run(walk, incremental, &collect->decoder, recording, &walked, collect->error);
	if (rc)
		return rc;
	rc = decoder_finish(&collect->decoder);
	if (rc)
		return fail(collect, rc, "cannot decode the walk");
	result->walk_ns = walked.walk_ns;
	rc = finish(collect, now, label, walked.stream_bytes, start_cpu_ns, result);
	if (collect->stored == now) {
		collect->stored_has_keys = true;
		collect->can_be_incremental = true;
	}
	return rc;
}

/* Feeds the records of one walk; 1 when there was one. */
static int decode_next(struct collect *collect, struct recording_reader *reader,
		       uint64_t *ret_bytes, uint64_t *ret_walk_ns)
{
	const void *record;
	size_t size;
	int rc = 0;

	*ret_bytes = 0;
	while (!rc && recording_next(reader, &record, &size)) {
		const struct record_head *head = record;

		*ret_bytes += size;
		rc = decoder_feed(&collect->decoder, record, size);
		if (rc || head->type != RECORD_END)
			continue;
		*ret_walk_ns = ((const struct record_end *)record)->walk_ns;
		rc = decoder_finish(&collect->decoder);
		if (!rc)
			return 1;
	}
	if (rc == -EBADMSG)
		snprintf(collect->error, sizeof(collect->error), "the recording makes no sense: %s",
			 collect->decoder.error);
	else if (rc)
		fail(collect, rc, "cannot read the recording");
	return rc;
}

int collect_replay(struct collect *collect, struct recording_reader *reader, const char *label,
		   struct collect_result *result)
{
	uint64_t start_cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID), bytes;
	struct collect_state *now;
	int rc = resume(collect);

	if (rc)
		return rc;
	*result = (struct collect_result){0};
	now = spare(collect);
	decoder_start(&collect->decoder, &now->model,
		      collect->stored_has_keys ? &collect->stored->model : NULL);
	rc = decode_next(collect, reader, &bytes, &result->walk_ns);
	if (rc != 1)
		return rc;
	rc = finish(collect, now, label, bytes, start_cpu_ns, result);
	if (collect->stored == now)
		collect->stored_has_keys = true; /* numbers of one recording */
	return rc ? rc : 1;
}

void collect_clear(struct collect *collect)
{
	decoder_clear(&collect->decoder);
	analyser_free(&collect->analyser);
	for (int i = 0; i < 2; i++) {
		model_clear(&collect->states[i].model);
		analysis_clear(&collect->states[i].analysis);
	}
}
