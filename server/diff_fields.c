/* SPDX-License-Identifier: GPL-2.0-only */
#include "diff_fields.h"

#include "choice.h"
#include "diff_finding_json.h"
#include "diff_sides.h"
#include "finding_details.h"
#include "vma_json.h"

const char *const diff_section_names[STORE_DIFF_SECTION_COUNT] = {
	[STORE_DIFF_PROCESSES] = "processes", [STORE_DIFF_TREES] = "trees",
	[STORE_DIFF_ANON_VMAS] = "anon_vmas", [STORE_DIFF_VMAS] = "vmas",
	[STORE_DIFF_FINDINGS] = "findings",   [STORE_DIFF_NAMES] = "names",
};

const char *const diff_state_names[STORE_DIFF_STATE_COUNT] = {
	[STORE_DIFF_ADDED] = "added",	[STORE_DIFF_REMOVED] = "removed",
	[STORE_DIFF_EXECED] = "execed", [STORE_DIFF_GROWN] = "grown",
	[STORE_DIFF_SHRUNK] = "shrunk", [STORE_DIFF_CHANGED] = "changed",
};

static void write_state(struct row_sink *sink, const void *row)
{
	row_string(sink, diff_state_names[((const struct store_diff_head *)row)->state]);
}

#define HEAD_FIELDS(type)                                                        \
	FIELD_BY(FIELD_TEXT, "state", write_state, .choice = choice_diff_state), \
		FIELD_AS(FIELD_INTEGER, type, head.change, "change",             \
			 .description = "How much larger it is, in what the section measures")
#define SIDE(field_kind_, type, side, member)                                                \
	{                                                                                    \
		.name = #member, .kind = (field_kind_),                                      \
		.nullable = (field_kind_) == FIELD_TEXT || (field_kind_) == FIELD_ID,        \
		.offset = offsetof(struct type##_row, side) + offsetof(struct type, member), \
	}

/* Processes. */

#define P(kind, side, member) SIDE(FIELD_##kind, store_diff_process, side, member)
#define PROCESS_VALUES(side)                                                              \
	{                                                                                 \
		P(INTEGER, side, ppid), P(INTEGER, side, uid), P(INTEGER, side, exec_id), \
			P(TEXT, side, comm), P(TEXT, side, exe), P(TEXT, side, cgroup),   \
			P(INTEGER, side, mm_id), P(INTEGER, side, vmas),                  \
			P(INTEGER, side, anon_vmas), P(INTEGER, side, avcs),              \
			P(INTEGER, side, trees), P(INTEGER, side, reused_vmas),           \
			P(INTEGER, side, missed_groups), P(INTEGER, side, missed_reuse),  \
			P(INTEGER, side, blocked_merges), P(INTEGER, side, max_chain),    \
			P(INTEGER, side, map_count), P(INTEGER, side, fork_vmas),         \
			P(INTEGER, side, fork_anon_vmas), P(INTEGER, side, fork_avcs),    \
			P(INTEGER, side, fork_bytes), P(INTEGER, side, object_bytes),     \
			P(BOOLEAN, side, torn), P(BOOLEAN, side, cut), FIELD_END,         \
	}

static const struct field process_before[] = PROCESS_VALUES(before);
static const struct field process_after[] = PROCESS_VALUES(after);
DIFF_SIDES(process)

const struct field diff_process_fields[] = {
	HEAD_FIELDS(store_diff_process_row),
	FIELD_AS(FIELD_INTEGER, store_diff_process_row, head.id, "process_id"),
	FIELD(FIELD_INTEGER, store_diff_process_row, pid),
	FIELD(FIELD_TEXT, store_diff_process_row, comm),
	FIELD(FIELD_TEXT, store_diff_process_row, exe),
	DIFF_SIDES_FIELDS(process),
	FIELD_END,
};

/* Trees. */

#define T(kind, side, member) SIDE(FIELD_##kind, store_diff_tree, side, member)
#define TREE_VALUES(side)                                                                         \
	{                                                                                         \
		T(INTEGER, side, anon_vmas), T(INTEGER, side, idle_anon_vmas),                    \
			T(INTEGER, side, reusable_anon_vmas), T(INTEGER, side, vmas),             \
			T(INTEGER, side, reused_vmas), T(INTEGER, side, avcs),                    \
			T(INTEGER, side, mms), T(INTEGER, side, depth),                           \
			T(INTEGER, side, max_chain), T(INTEGER, side, missed_groups),             \
			T(INTEGER, side, missed_reuse), T(INTEGER, side, tree_bytes),             \
			T(INTEGER, side, rmap_max_visits), T(INTEGER, side, rmap_covered_pages),  \
			T(INTEGER, side, rmap_covered_visits),                                    \
			T(INTEGER, side, rmap_written_pages),                                     \
			T(INTEGER, side, rmap_written_visits), T(BOOLEAN, side, torn), FIELD_END, \
	}

static const struct field tree_before[] = TREE_VALUES(before);
static const struct field tree_after[] = TREE_VALUES(after);
DIFF_SIDES(tree)

const struct field diff_tree_fields[] = {
	HEAD_FIELDS(store_diff_tree_row),
	FIELD_AS(FIELD_INTEGER, store_diff_tree_row, head.id, "root"),
	FIELD(FIELD_ID, store_diff_tree_row, pid),
	FIELD(FIELD_TEXT, store_diff_tree_row, comm),
	FIELD(FIELD_TEXT, store_diff_tree_row, exe),
	DIFF_SIDES_FIELDS(tree),
	FIELD_END,
};

/* Anon_vmas. */

static void write_parent(struct row_sink *sink, int64_t id,
			 const struct store_diff_anon_vma *anon_vma)
{
	if (anon_vma->parent == id)
		row_null(sink);
	else
		row_integer(sink, anon_vma->parent);
}

static void write_parent_before(struct row_sink *sink, const void *row)
{
	const struct store_diff_anon_vma_row *anon_vma = row;

	write_parent(sink, anon_vma->head.id, &anon_vma->before);
}

static void write_parent_after(struct row_sink *sink, const void *row)
{
	const struct store_diff_anon_vma_row *anon_vma = row;

	write_parent(sink, anon_vma->head.id, &anon_vma->after);
}

#define A(kind, side, member) SIDE(FIELD_##kind, store_diff_anon_vma, side, member)
#define ANON_VMA_VALUES(side)                                                                \
	{                                                                                    \
		A(INTEGER, side, root),                                                      \
			FIELD_BY(FIELD_ID, "parent", write_parent_##side, .nullable = true), \
			A(INTEGER, side, num_children), A(INTEGER, side, num_active_vmas),   \
			A(INTEGER, side, refcount), A(BOOLEAN, side, described), FIELD_END,  \
	}

static const struct field anon_vma_before[] = ANON_VMA_VALUES(before);
static const struct field anon_vma_after[] = ANON_VMA_VALUES(after);
DIFF_SIDES(anon_vma)

const struct field diff_anon_vma_fields[] = {
	HEAD_FIELDS(store_diff_anon_vma_row),
	FIELD_AS(FIELD_INTEGER, store_diff_anon_vma_row, head.id, "id"),
	FIELD(FIELD_INTEGER, store_diff_anon_vma_row, root),
	FIELD(FIELD_ID, store_diff_anon_vma_row, pid),
	FIELD(FIELD_TEXT, store_diff_anon_vma_row, comm),
	DIFF_SIDES_FIELDS(anon_vma),
	FIELD_END,
};

/* Vmas. */

static void write_permissions(struct row_sink *sink, const struct store_diff_vma *vma)
{
	char text[VMA_PERMISSIONS];

	vma_permissions((uint64_t)vma->vm_flags, text);
	row_text(sink, text, sizeof(text));
}

static void write_anon_pgoff(struct row_sink *sink, const struct store_diff_vma *vma)
{
	if (vma->has_anon_pgoff)
		row_hex(sink, (uint64_t)vma->anon_pgoff);
	else
		row_null(sink);
}

static void write_chain(struct json_writer *json, const struct store_diff_vma *vma)
{
	vma_json_chain(json, vma->chain.bytes, vma->chain.size);
}

#define VMA_SIDE(name, to, side)                                                    \
	static void write_##name##_##side(struct to, const void *row)               \
	{                                                                           \
		write_##name(out, &((const struct store_diff_vma_row *)row)->side); \
	}
VMA_SIDE(permissions, row_sink *out, before)
VMA_SIDE(permissions, row_sink *out, after)
VMA_SIDE(anon_pgoff, row_sink *out, before)
VMA_SIDE(anon_pgoff, row_sink *out, after)
VMA_SIDE(chain, json_writer *out, before)
VMA_SIDE(chain, json_writer *out, after)

#define V(kind, side, member) SIDE(FIELD_##kind, store_diff_vma, side, member)
#define VMA_VALUES(side)                                                                         \
	{                                                                                        \
		V(HEX, side, vm_start), V(HEX, side, vm_end), V(HEX, side, vm_pgoff),            \
			FIELD_BY(FIELD_HEX, "anon_pgoff", write_anon_pgoff_##side,               \
				 .nullable = true),                                              \
			V(HEX, side, vm_flags),                                                  \
			FIELD_BY(FIELD_TEXT, "permissions", write_permissions_##side),           \
			V(ID, side, file_id), V(TEXT, side, path), V(TEXT, side, name),          \
			V(BOOLEAN, side, numa_policy), V(ID, side, anon_vma), V(ID, side, root), \
			V(BOOLEAN, side, reused), V(INTEGER, side, chain_length),                \
			FIELD_JSON_BY("chain", write_chain_##side, .json = FIELD_ARRAY,          \
				      .items = SHAPE_ITEM(FIELD_INTEGER)),                       \
			FIELD_END,                                                               \
	}

static const struct field vma_before[] = VMA_VALUES(before);
static const struct field vma_after[] = VMA_VALUES(after);
DIFF_SIDES(vma)

const struct field diff_vma_fields[] = {
	HEAD_FIELDS(store_diff_vma_row),
	FIELD(FIELD_INTEGER, store_diff_vma_row, mm_id),
	FIELD(FIELD_ID, store_diff_vma_row, pid),
	FIELD(FIELD_TEXT, store_diff_vma_row, comm),
	DIFF_SIDES_FIELDS(vma),
	FIELD_END,
};

/* Findings. */

#define F(kind, side, member) SIDE(FIELD_##kind, store_diff_finding, side, member)
#define FINDING_VALUES(side)                                                                 \
	{                                                                                    \
		F(ID, side, root),                                                           \
			FIELD_BY(FIELD_HEX, "vm_start", diff_finding_write_vm_start_##side,  \
				 .nullable = true),                                          \
			F(INTEGER, side, size),                                              \
			FIELD_JSON_BY("details", diff_finding_write_details_##side,          \
				      .json = FIELD_GROUP, .fields = finding_details_shape), \
			F(INTEGER, side, vmas), F(INTEGER, side, anon_vmas),                 \
			F(INTEGER, side, avcs), F(INTEGER, side, bytes), FIELD_END,          \
	}

static const struct field finding_before[] = FINDING_VALUES(before);
static const struct field finding_after[] = FINDING_VALUES(after);
DIFF_SIDES(finding)

const struct field diff_finding_fields[] = {
	HEAD_FIELDS(store_diff_finding_row),
	FIELD_AS(FIELD_INTEGER, store_diff_finding_row, head.id, "id"),
	FIELD_BY(FIELD_TEXT, "kind", diff_finding_write_kind, .choice = choice_finding_kind),
	FIELD_BY(FIELD_TEXT, "title", diff_finding_write_title),
	FIELD_BY(FIELD_TEXT, "sentence", diff_finding_write_sentence),
	FIELD_BY(FIELD_TEXT, "rule", diff_finding_write_rule, .nullable = true,
		 .choice = choice_invariant),
	FIELD(FIELD_ID, store_diff_finding_row, mm_id),
	FIELD(FIELD_ID, store_diff_finding_row, anon_vma,
	      .description = "Id of the anon_vma that it is about; null: of none"),
	FIELD(FIELD_ID, store_diff_finding_row, pid),
	FIELD(FIELD_TEXT, store_diff_finding_row, comm),
	DIFF_SIDES_FIELDS(finding),
	FIELD_END,
};

/* Names. */

#define N(side, member) SIDE(FIELD_INTEGER, store_diff_name, side, member)
#define NAME_VALUES(side)                                                             \
	{                                                                             \
		N(side, processes), N(side, vmas), N(side, anon_vmas), N(side, avcs), \
			N(side, missed_reuse), N(side, object_bytes), FIELD_END,      \
	}

static const struct field name_before[] = NAME_VALUES(before);
static const struct field name_after[] = NAME_VALUES(after);
DIFF_SIDES(name)

const struct field diff_name_fields[] = {
	HEAD_FIELDS(store_diff_name_row),
	FIELD(FIELD_TEXT, store_diff_name_row, comm),
	FIELD(FIELD_TEXT, store_diff_name_row, exe),
	DIFF_SIDES_FIELDS(name),
	FIELD_END,
};
