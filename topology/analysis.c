/* SPDX-License-Identifier: GPL-2.0-only */
#include "analysis.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis_internal.h"
#include "table.h"

int analyser_new(struct analyser **ret_analyser)
{
	*ret_analyser = calloc(1, sizeof(**ret_analyser));
	return *ret_analyser ? 0 : -ENOMEM;
}

void analyser_free(struct analyser **analyser)
{
	struct analyser *memory = *analyser;

	*analyser = NULL;
	if (!memory)
		return;
	free(memory->mm_work);
	free(memory->tree_work);
	free(memory->tree_now);
	free(memory->mm_now);
	analysis_release_trees(memory);
	free(memory->merged);
	free(memory->deep);
	marks_clear(&memory->in_chain);
	marks_clear(&memory->of_mm);
	marks_clear(&memory->trees);
	missed_reuse_clear(&memory->missed);
	neighbour_saving_clear(&memory->neighbours);
	fork_counter_clear(&memory->fork_counter);
	rmap_sweep_clear(&memory->sweep);
	free(memory);
}

void analysis_clear(struct analysis *analysis)
{
	free(analysis->mms);
	free(analysis->trees);
	free(analysis->mm_tree_lists);
	free(analysis->mm_trees);
	free(analysis->tree_of);
	free(analysis->depth);
	findings_clear(&analysis->findings);
	disagreements_clear(&analysis->disagreements);
	*analysis = (struct analysis){0};
}

static uint32_t root_id(const struct analysing *analysing, uint32_t tree)
{
	return tree == MODEL_NONE ?
		       0 :
		       analysing->model->anon_vmas[analysing->analysis->trees[tree].root].id;
}

int analysis_add_finding(struct analysing *analysing, enum finding_kind kind, uint32_t mm,
			 uint32_t tree, struct finding **ret_finding)
{
	int rc = findings_add(&analysing->analysis->findings, ret_finding);

	if (rc)
		return rc;
	(*ret_finding)->kind = kind;
	(*ret_finding)->in_mm = mm;
	(*ret_finding)->in_tree = tree;
	(*ret_finding)->mm = mm == MODEL_NONE ? 0 : analysing->model->mms[mm].id;
	(*ret_finding)->root = root_id(analysing, tree);
	return 0;
}

int analysis_disagree_in_mm(struct analysing *analysing, enum invariant rule, uint32_t vma,
			    uint64_t expected, uint64_t observed)
{
	const struct model *model = analysing->model;
	const struct model_vma *object = &model->vmas[vma];
	const struct model_mm *mm = &model->mms[object->mm];
	uint32_t tree = object->avc_count ?
				analysing->analysis->tree_of[model_chain(model, object)[0]] :
				MODEL_NONE;

	return disagreements_add(&analysing->analysis->disagreements,
				 &(struct disagreement){
					 .rule = rule,
					 .excuse = analysis_excuse_in_mm(model, rule, object),
					 .not_read_again = mm->unread,
					 .in_mm = object->mm,
					 .in_tree = tree,
					 .vma = vma - mm->vma_first,
					 .mm = mm->id,
					 .root = root_id(analysing, tree),
					 .vm_start = object->start,
					 .expected = expected,
					 .observed = observed,
				 });
}

int analysis_disagree_in_tree(struct analysing *analysing, uint32_t anon_vma,
			      struct disagreement disagreement)
{
	uint32_t tree = analysing->analysis->tree_of[anon_vma];

	disagreement.in_mm = MODEL_NONE;
	disagreement.in_tree = tree;
	disagreement.anon_vma = analysing->model->anon_vmas[anon_vma].id;
	disagreement.root = root_id(analysing, tree);
	return disagreements_add(&analysing->analysis->disagreements, &disagreement);
}

/* What was found in a part of the snapshot before that is the same now, with its
 * place in this one; false when it was found in another part. */
static bool still_found(const struct analysing *analysing, uint32_t *in_mm, uint32_t *in_tree)
{
	const struct analyser *analyser = analysing->analyser;
	bool of_mm = *in_mm != MODEL_NONE;

	if (*in_tree != MODEL_NONE)
		*in_tree = analyser->tree_now[*in_tree];
	if (!of_mm)
		return *in_tree != MODEL_NONE && !(analyser->tree_work[*in_tree] & TREE_CHANGED);
	*in_mm = analyser->mm_now[*in_mm];
	return *in_mm != MODEL_NONE && !(analyser->mm_work[*in_mm] & MM_CHANGED);
}

static int take_over_findings(struct analysing *analysing)
{
	const struct findings *known = &analysing->known->findings;
	struct findings *findings = &analysing->analysis->findings;
	int rc = 0;

	for (uint32_t i = 0; !rc && i < known->count; i++) {
		struct finding copy = known->items[i], *finding;

		/* violations are told anew from the disagreements */
		if (copy.kind == FINDING_INVARIANT ||
		    !still_found(analysing, &copy.in_mm, &copy.in_tree))
			continue;
		rc = findings_add(findings, &finding);
		if (!rc)
			*finding = copy;
	}
	return rc;
}

/* What excused a disagreement may be over although nothing else is different. */
static void excuse_again(const struct analysing *analysing, struct disagreement *disagreement)
{
	const struct model *model = analysing->model;

	if (disagreement->in_mm != MODEL_NONE) {
		disagreement->excuse = analysis_excuse_in_mm(
			model, disagreement->rule,
			&model->vmas[model->mms[disagreement->in_mm].vma_first + disagreement->vma]);
		disagreement->not_read_again = model->mms[disagreement->in_mm].unread;
	} else {
		if (disagreement->excuse == EXCUSE_IN_FLIGHT)
			disagreement->excuse = EXCUSE_NONE;
		/* counters that nothing explains are read at every walk */
		disagreement->not_read_again = disagreement->rule == INVARIANT_SAME_SET;
	}
}

static int take_over_disagreements(struct analysing *analysing)
{
	const struct disagreements *known = &analysing->known->disagreements;
	int rc = 0;

	for (uint32_t i = 0; !rc && i < known->count; i++) {
		struct disagreement copy = known->items[i];

		if (!still_found(analysing, &copy.in_mm, &copy.in_tree))
			continue;
		excuse_again(analysing, &copy);
		rc = disagreements_add(&analysing->analysis->disagreements, &copy);
	}
	return rc;
}

static int report_violations(struct analysing *analysing)
{
	const struct disagreements *list = &analysing->analysis->disagreements;
	int rc = 0;

	for (uint32_t i = 0; !rc && i < list->count; i++) {
		const struct disagreement *item = &list->items[i];
		struct finding *finding;

		if (item->excuse != EXCUSE_NONE)
			continue;
		rc = findings_add(&analysing->analysis->findings, &finding);
		if (rc)
			return rc;
		*finding = (struct finding){
			.in_mm = item->in_mm,
			.in_tree = item->in_tree,
			.kind = FINDING_INVARIANT,
			.rule = item->rule,
			.mm = item->mm,
			.anon_vma = item->anon_vma,
			.root = item->root,
			.vm_start = item->vm_start,
			.size = item->expected > item->observed ? item->expected - item->observed :
								  item->observed - item->expected,
			.details = {item->expected, item->observed},
		};
	}
	return rc;
}

/* The list of findings begins with those taken over, which are in order. */
static int analyse_parts(struct analysing *analysing)
{
	struct analysis *analysis = analysing->analysis;
	uint32_t sorted;
	int rc = analysis_find_scope(analysing);

	if (!rc)
		rc = take_over_findings(analysing);
	sorted = analysis->findings.count;
	if (!rc)
		rc = take_over_disagreements(analysing);
	if (!rc)
		rc = analysis_of_mms(analysing);
	if (!rc)
		rc = analysis_of_trees(analysing);
	if (!rc)
		rc = analysis_of_forks(analysing);
	if (rc)
		return rc;
	disagreements_confirm(&analysis->disagreements, &analysing->known->disagreements);
	rc = report_violations(analysing);
	return rc ? rc : findings_sort(&analysis->findings, sorted);
}

static void add_missed_to_trees(struct analysis *analysis)
{
	for (uint32_t i = 0; i < analysis->findings.count; i++) {
		const struct finding *finding = &analysis->findings.items[i];

		if (finding->kind != FINDING_FORK_SPLIT)
			continue;
		analysis->trees[finding->in_tree].missed_groups++;
		analysis->trees[finding->in_tree].missed_reuse += finding->anon_vmas;
	}
}

static void add_mms(struct analysis *analysis, const struct model *model)
{
	struct analysis_totals *totals = &analysis->totals;

	for (uint32_t i = 0; i < model->mm_count; i++) {
		const struct mm_summary *mm = &analysis->mms[i];

		totals->torn_mms += model->mms[i].torn;
		totals->cut_mms += model->mms[i].cut;
		totals->reused_vmas += mm->reused_vmas;
		totals->missed_groups += mm->missed_groups;
		totals->missed_reuse += mm->missed_reuse;
		totals->blocked_merges += mm->blocked_merges;
		if (mm->max_chain > totals->max_chain)
			totals->max_chain = mm->max_chain;
	}
}

static void add_trees(struct analysis *analysis)
{
	struct analysis_totals *totals = &analysis->totals;

	for (uint32_t i = 0; i < analysis->tree_count; i++) {
		const struct tree_summary *tree = &analysis->trees[i];

		rmap_cost_add(&totals->rmap, &tree->rmap);
		totals->linked_vmas += tree->vmas;
		totals->family_visits += tree->rmap.written_pages * tree->vmas;
		totals->idle_anon_vmas += tree->idle_anon_vmas;
		totals->reusable_anon_vmas += tree->reusable_anon_vmas;
		totals->moved_anon_vmas += tree->moved_anon_vmas;
		totals->undescribed_anon_vmas += tree->undescribed_anon_vmas;
		if (tree->depth > totals->max_depth)
			totals->max_depth = tree->depth;
	}
}

static void add_totals(struct analysis *analysis, const struct model *model)
{
	struct analysis_totals *totals = &analysis->totals;
	const struct model_origin *origin = &model->origin;

	*totals = (struct analysis_totals){
		.processes = model->process_count,
		.mms = model->mm_count,
		.vmas = model->vma_count,
		.anon_vmas = model->anon_vma_count,
		.avcs = model->avc_count,
		.files = model->file_count,
		.trees = analysis->tree_count,
		.object_bytes = (uint64_t)model->vma_count * origin->vma_bytes +
				(uint64_t)model->anon_vma_count * origin->anon_vma_bytes +
				(uint64_t)model->avc_count * origin->avc_bytes,
	};
	add_mms(analysis, model);
	add_trees(analysis);
}

/* How many things a rule was checked on. */
static uint32_t count_checked(const struct analysis *analysis, const struct model *model,
			      uint32_t rule)
{
	const struct analysis_totals *totals = &analysis->totals;
	bool counted = rule == INVARIANT_ACTIVE_COUNT || rule == INVARIANT_CHILD_COUNT;

	if (rule == INVARIANT_ORDER && !analysis_keeps_order(&analysis->options))
		return 0;
	if (counted && !model->origin.split_counters)
		return 0;
	switch (invariant_info(rule)->scope) {
	case SCOPE_VMA:
		return totals->vmas;
	case SCOPE_CHAIN:
		return totals->linked_vmas;
	case SCOPE_ANON_VMA:
		return totals->anon_vmas - totals->undescribed_anon_vmas;
	case SCOPE_IDLE:
		return totals->reusable_anon_vmas;
	}
	return 0;
}

static void add_invariants(struct analysis *analysis, const struct model *model)
{
	for (uint32_t rule = 1; rule < INVARIANT_END; rule++) {
		struct invariant_result *result = &analysis->invariants[rule - 1];

		*result = (struct invariant_result){0};
		result->checked = result->held = count_checked(analysis, model, rule);
	}
	for (uint32_t i = 0; i < analysis->disagreements.count; i++) {
		const struct disagreement *item = &analysis->disagreements.items[i];
		struct invariant_result *result = &analysis->invariants[item->rule - 1];

		result->by_excuse[item->excuse]++;
		if (result->held)
			result->held--;
	}
}

static bool same_options(const struct analysis_options *left, const struct analysis_options *right)
{
	return left->deep_chain == right->deep_chain && left->wide_rmap == right->wide_rmap &&
	       left->wide_lock == right->wide_lock && left->policy_known == right->policy_known &&
	       left->policy == right->policy;
}

/* Whether what was computed from one says anything about the other. */
static bool same_kernel(const struct model_origin *left, const struct model_origin *right)
{
	return left->page_size == right->page_size && left->vma_bytes == right->vma_bytes &&
	       left->anon_vma_bytes == right->anon_vma_bytes &&
	       left->avc_bytes == right->avc_bytes &&
	       left->split_counters == right->split_counters &&
	       left->has_anon_pgoff == right->has_anon_pgoff &&
	       strcmp(left->boot_id, right->boot_id) == 0;
}

static struct analysis_options with_defaults(const struct analysis_options *options)
{
	struct analysis_options filled = *options;

	if (!filled.deep_chain)
		filled.deep_chain = ANALYSIS_DEEP_CHAIN;
	if (!filled.wide_rmap)
		filled.wide_rmap = ANALYSIS_WIDE_RMAP;
	if (!filled.wide_lock)
		filled.wide_lock = ANALYSIS_WIDE_LOCK;
	return filled;
}

int analysis_build(struct analyser *analyser, const struct analysis_options *options,
		   const struct analysed *before, struct model *model, struct analysis *analysis)
{
	static const struct model no_model;
	static const struct analysis no_analysis;
	struct analysing analysing = {
		.analyser = analyser,
		.before = &no_model,
		.known = &no_analysis,
		.model = model,
		.analysis = analysis,
	};
	int rc;

	analysis->options = with_defaults(options);
	if (before && same_kernel(&before->model->origin, &model->origin) &&
	    same_options(&before->analysis->options, &analysis->options)) {
		analysing.before = before->model;
		analysing.known = before->analysis;
	}
	analysis->tree_count = 0;
	analysis->mm_tree_count = 0;
	analysis->findings.count = 0;
	analysis->disagreements.count = 0;
	rc = analyse_parts(&analysing);
	analysis_release_trees(analyser);
	if (rc) {
		analysis_clear(analysis);
		return rc;
	}
	add_missed_to_trees(analysis);
	add_totals(analysis, model);
	add_invariants(analysis, model);
	return 0;
}
