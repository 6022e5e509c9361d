/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <string.h>

#include "store_writing.h"

static bool same_finding(const struct finding *old, const struct finding *finding)
{
	return old->root == finding->root && old->vm_start == finding->vm_start &&
	       old->size == finding->size &&
	       memcmp(old->details, finding->details, sizeof(old->details)) == 0 &&
	       old->vmas == finding->vmas && old->anon_vmas == finding->anon_vmas &&
	       old->avcs == finding->avcs && old->bytes == finding->bytes;
}

static int add_finding(struct store_writing *writing, struct finding *finding)
{
	sqlite3_stmt *statement = store_statement(writing->store, STORE_ADD_FINDING);
	const uint64_t values[] = {
		finding->size,	    finding->details[0], finding->details[1], finding->vmas,
		finding->anon_vmas, finding->avcs,	 finding->bytes,
	};

	if (!statement)
		return -EIO;
	store_bind_uint(statement, 2, finding->id);
	store_bind_uint(statement, 3, finding->kind);
	store_bind_uint(statement, 4, finding->rule);
	store_bind_id(statement, 5, finding->mm);
	store_bind_id(statement, 6, finding->anon_vma);
	store_bind_id(statement, 7, finding->root);
	if (finding->vm_start)
		store_bind_uint(statement, 8, finding->vm_start);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		store_bind_uint(statement, 9 + (int)i, values[i]);
	return store_add_row(writing, statement, &finding->row);
}

static int continue_finding(struct store_writing *writing, const struct finding *old,
			    struct finding *finding)
{
	int rc;

	finding->id = old->id;
	finding->row = old->row;
	if (same_finding(old, finding))
		return 0;
	rc = store_close_row(writing, STORE_CLOSE_FINDING, old->row);
	return rc ? rc : add_finding(writing, finding);
}

/* Both lists are in order of their keys. */
int store_write_findings(struct store_writing *writing)
{
	const struct findings *before = &writing->before_analysis->findings;
	const struct findings *now = &writing->now_analysis->findings;
	uint32_t old = 0, i = 0;
	int rc = 0;

	while (!rc && (old < before->count || i < now->count)) {
		int order = old == before->count ? 1 :
			    i == now->count	 ? -1 :
					      finding_compare(&before->items[old], &now->items[i]);

		if (order < 0) {
			rc = store_close_row(writing, STORE_CLOSE_FINDING,
					     before->items[old++].row);
		} else if (order > 0) {
			now->items[i].id = writing->sequences->finding++;
			rc = add_finding(writing, &now->items[i++]);
		} else {
			rc = continue_finding(writing, &before->items[old++], &now->items[i++]);
		}
	}
	return rc;
}

static bool same_result(const struct invariant_result *old, const struct invariant_result *result)
{
	return old->checked == result->checked && old->held == result->held &&
	       memcmp(old->by_excuse, result->by_excuse, sizeof(old->by_excuse)) == 0;
}

static int add_invariant(struct store_writing *writing, uint32_t rule,
			 struct invariant_result *result)
{
	sqlite3_stmt *statement = store_statement(writing->store, STORE_ADD_INVARIANT);

	if (!statement)
		return -EIO;
	store_bind_uint(statement, 2, rule);
	store_bind_uint(statement, 3, result->checked);
	store_bind_uint(statement, 4, result->held);
	/* in order of enum invariant_excuse, violations first */
	for (int i = 0; i < EXCUSE_COUNT; i++)
		store_bind_uint(statement, 5 + i, result->by_excuse[i]);
	return store_add_row(writing, statement, &result->row);
}

int store_write_invariants(struct store_writing *writing)
{
	int rc = 0;

	for (uint32_t i = 0; !rc && i < INVARIANT_COUNT; i++) {
		const struct invariant_result *old = &writing->before_analysis->invariants[i];
		struct invariant_result *result = &writing->now_analysis->invariants[i];

		result->row = old->row;
		if (old->row && same_result(old, result))
			continue;
		rc = store_close_row(writing, STORE_CLOSE_INVARIANT, old->row);
		if (!rc)
			rc = add_invariant(writing, i + 1, result);
	}
	return rc;
}
