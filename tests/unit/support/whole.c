/* SPDX-License-Identifier: GPL-2.0-only */
#include "whole.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "schema/store_findings.h"
#include "schema/store_processes.h"

#define ROWS_MAX 10000
#define LINES_MAX 4096

/* An object of one snapshot. */
struct object {
	int64_t group, key; /* key names it in its group; groups are mms */
	int64_t other_key; /* of a VMA: where it ends */
	int64_t size; /* what `change` is the difference of */
	int64_t second_size; /* ... and where that is equal, the state */
	char program[96]; /* of a process */
	char values[WHOLE_VALUES];
	bool paired;
};

/* The values of both sides as text. */

static void print_text(FILE *out, const struct store_text *text)
{
	fprintf(out, text->bytes ? " " : " -");
	for (size_t i = 0; i < text->size; i++)
		fprintf(out, "%02x", (unsigned char)text->bytes[i]);
}

/* Shown but not compared: a file that got another name is the same file. */
static void print_path(FILE *out, const struct store_text *path)
{
	fprintf(out, " |");
	print_text(out, path);
}

static FILE *open_values(char values[WHOLE_VALUES])
{
	FILE *out = fmemopen(values, WHOLE_VALUES, "w");

	assert_non_null(out);
	return out;
}

static void close_values(FILE *out)
{
	assert_true(ftell(out) < WHOLE_VALUES - 1); /* nothing was cut */
	assert_int_equal(fclose(out), 0);
}

static void print_process(char values[WHOLE_VALUES], const struct store_diff_process *process)
{
	FILE *out = open_values(values);

	fprintf(out,
		"%" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " mm %" PRId64 " %" PRId64
		" %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " missed %" PRId64 " %" PRId64
		" %" PRId64 " %" PRId64 " %" PRId64 " fork %" PRId64 " %" PRId64 " %" PRId64
		" %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64,
		process->ppid, process->uid, process->exec_id, process->exe_id, process->mm_id,
		process->vmas, process->anon_vmas, process->avcs, process->trees,
		process->reused_vmas, process->missed_groups, process->missed_reuse,
		process->blocked_merges, process->max_chain, process->map_count, process->fork_vmas,
		process->fork_anon_vmas, process->fork_avcs, process->fork_bytes,
		process->object_bytes, process->torn, process->cut);
	print_text(out, &process->comm);
	print_text(out, &process->cgroup);
	print_path(out, &process->exe);
	close_values(out);
}

static void print_tree(char values[WHOLE_VALUES], const struct store_diff_tree *tree)
{
	FILE *out = open_values(values);

	/* nothing but integers */
	for (size_t i = 0; i < sizeof(*tree) / sizeof(int64_t); i++)
		fprintf(out, "%" PRId64 " ", ((const int64_t *)tree)[i]);
	close_values(out);
}

static void print_anon_vma(char values[WHOLE_VALUES], const struct store_diff_anon_vma *anon_vma)
{
	FILE *out = open_values(values);

	fprintf(out, "%" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64,
		anon_vma->root, anon_vma->parent, anon_vma->num_children, anon_vma->num_active_vmas,
		anon_vma->refcount, anon_vma->described);
	close_values(out);
}

static void print_vma(char values[WHOLE_VALUES], const struct store_diff_vma *vma)
{
	FILE *out = open_values(values);

	fprintf(out,
		"%" PRIx64 "-%" PRIx64 " %" PRIx64 " %" PRId64 " %" PRIx64 " %" PRIx64
		" file %" PRId64 " %" PRId64 " anon_vma %" PRId64 " %" PRId64 " %" PRId64
		" %" PRId64,
		vma->vm_start, vma->vm_end, vma->vm_pgoff, vma->has_anon_pgoff, vma->anon_pgoff,
		vma->vm_flags, vma->file_id, vma->numa_policy, vma->anon_vma, vma->root,
		vma->reused, vma->chain_length);
	print_text(out, &vma->name);
	print_text(out, &vma->chain);
	print_path(out, &vma->path);
	close_values(out);
}

static void print_finding(char values[WHOLE_VALUES], const struct store_diff_finding *finding)
{
	FILE *out = open_values(values);

	for (size_t i = 0; i < sizeof(*finding) / sizeof(int64_t); i++)
		fprintf(out, "%" PRId64 " ", ((const int64_t *)finding)[i]);
	close_values(out);
}

void whole_print_row(enum store_diff_section section, const void *row, char before[WHOLE_VALUES],
		     char after[WHOLE_VALUES])
{
	const struct store_diff_process_row *process = row;
	const struct store_diff_tree_row *tree = row;
	const struct store_diff_anon_vma_row *anon_vma = row;
	const struct store_diff_vma_row *vma = row;
	const struct store_diff_finding_row *finding = row;

	switch (section) {
	case STORE_DIFF_PROCESSES:
		print_process(before, &process->before);
		print_process(after, &process->after);
		break;
	case STORE_DIFF_TREES:
		print_tree(before, &tree->before);
		print_tree(after, &tree->after);
		break;
	case STORE_DIFF_ANON_VMAS:
		print_anon_vma(before, &anon_vma->before);
		print_anon_vma(after, &anon_vma->after);
		break;
	case STORE_DIFF_VMAS:
		print_vma(before, &vma->before);
		print_vma(after, &vma->after);
		break;
	case STORE_DIFF_FINDINGS:
		print_finding(before, &finding->before);
		print_finding(after, &finding->after);
		break;
	default:
		fail_msg("section %d", section);
	}
}

/* Reading a snapshot completely. */

static struct object *add(struct objects *objects, int64_t group, int64_t key)
{
	if (objects->count == objects->capacity) {
		objects->capacity = objects->capacity * 2 + 64;
		objects->items = realloc(objects->items,
					 objects->capacity * sizeof(*objects->items));
		assert_non_null(objects->items);
	}
	objects->items[objects->count] = (struct object){.group = group, .key = key};
	return &objects->items[objects->count++];
}

static struct store_text text_of(const char *text)
{
	return (struct store_text){text, strlen(text)};
}

static int64_t file_id(const struct model *model, uint32_t file)
{
	return file == MODEL_NONE ? 0 : model->files[file].id;
}

static struct store_text path_of(const struct model *model, uint32_t file)
{
	return file == MODEL_NONE ? (struct store_text){0} :
				    text_of(model_text(model, model->files[file].path));
}

static int64_t anon_vma_id(const struct model *model, uint32_t anon_vma)
{
	return anon_vma == MODEL_NONE ? 0 : model->anon_vmas[anon_vma].id;
}

static void read_vma(struct objects *objects, const struct model *model,
		     const struct model_vma *from)
{
	struct object *object = add(objects, model->mms[from->mm].id, (int64_t)from->start);
	const uint32_t *links = model_chain(model, from);
	struct store_diff_vma vma = {
		.vm_start = (int64_t)from->start,
		.vm_end = (int64_t)from->end,
		.vm_pgoff = (int64_t)from->pgoff,
		.vm_flags = (int64_t)from->flags,
		.file_id = file_id(model, from->file),
		.path = path_of(model, from->file),
		.numa_policy = from->policy,
		.anon_vma = anon_vma_id(model, from->active),
		.reused = from->reused,
		.chain_length = from->avc_count,
	};
	char chain[256];

	/* ids below 128 would be one byte each: LEB128 by hand */
	for (uint32_t i = 0; i < from->avc_count; i++) {
		uint32_t id = model->anon_vmas[links[i]].id;

		for (; id > 127; id >>= 7)
			chain[vma.chain.size++] = (char)(id | 128);
		chain[vma.chain.size++] = (char)id;
		vma.chain.bytes = chain;
	}
	if (from->avc_count)
		vma.root = anon_vma_id(model, model->anon_vmas[links[0]].root);
	if (from->name)
		vma.name = text_of(model_text(model, from->name));
	object->other_key = vma.vm_end;
	object->size = vma.chain_length;
	print_vma(object->values, &vma);
}

static void read_anon_vma(struct objects *objects, const struct model *model,
			  const struct model_anon_vma *from)
{
	struct object *object = add(objects, 0, from->id);
	const struct store_diff_anon_vma anon_vma = {
		.root = anon_vma_id(model, from->root),
		.parent = anon_vma_id(model, from->parent),
		.num_children = (int64_t)from->num_children,
		.num_active_vmas = (int64_t)from->num_active_vmas,
		.refcount = from->refcount,
		.described = from->described,
	};

	object->size = anon_vma.num_children + anon_vma.num_active_vmas;
	print_anon_vma(object->values, &anon_vma);
}

struct reading {
	const struct model *model;
	struct whole *whole;
};

static int read_process(void *context, const void *row)
{
	const struct store_process_row *from = row;
	const struct reading *reading = context;
	const struct model *model = reading->model;
	const struct model_process *process =
		&model->processes[model_find_process(model, (int32_t)from->pid)];
	struct object *object = add(&reading->whole->sections[STORE_DIFF_PROCESSES], 0,
				    process->id);
	const struct store_diff_process values = {
		.ppid = process->ppid,
		.uid = process->uid,
		.exec_id = (int64_t)process->exec_id,
		.comm = text_of(process->comm),
		.exe = path_of(model, process->exe),
		.cgroup = process->cgroup_path ? text_of(model_text(model, process->cgroup_path)) :
						 (struct store_text){0},
		.exe_id = file_id(model, process->exe),
		.mm_id = from->mm_id,
		.vmas = from->vmas,
		.anon_vmas = from->anon_vmas,
		.avcs = from->avcs,
		.trees = from->trees,
		.reused_vmas = from->reused_vmas,
		.missed_groups = from->missed_groups,
		.missed_reuse = from->missed_reuse,
		.blocked_merges = from->blocked_merges,
		.max_chain = from->max_chain,
		.map_count = from->map_count,
		.fork_vmas = from->fork_vmas,
		.fork_anon_vmas = from->fork_anon_vmas,
		.fork_avcs = from->fork_avcs,
		.fork_bytes = from->fork_bytes,
		.object_bytes = from->vmas * 192 + from->anon_vmas * 104 + from->avcs * 64,
		.torn = from->torn,
		.cut = from->cut,
	};

	object->size = values.object_bytes;
	snprintf(object->program, sizeof(object->program), "%" PRId64 " %" PRId64, values.exec_id,
		 values.exe_id);
	print_process(object->values, &values);
	return 0;
}

static int read_tree(void *context, const void *row)
{
	const struct store_tree_row *from = row;
	const struct reading *reading = context;
	struct object *object = add(&reading->whole->sections[STORE_DIFF_TREES], 0, from->root);
	const struct store_diff_tree tree = {
		.anon_vmas = from->anon_vmas,
		.idle_anon_vmas = from->idle_anon_vmas,
		.reusable_anon_vmas = from->reusable_anon_vmas,
		.vmas = from->vmas,
		.reused_vmas = from->reused_vmas,
		.avcs = from->avcs,
		.mms = from->mms,
		.depth = from->depth,
		.max_chain = from->max_chain,
		.missed_groups = from->missed_groups,
		.missed_reuse = from->missed_reuse,
		.tree_bytes = from->tree_bytes,
		.rmap_max_visits = from->rmap_max_visits,
		.rmap_covered_pages = from->rmap_covered_pages,
		.rmap_covered_visits = from->rmap_covered_visits,
		.rmap_written_pages = from->rmap_written_pages,
		.rmap_written_visits = from->rmap_written_visits,
		.torn = from->torn,
	};

	object->size = tree.tree_bytes;
	print_tree(object->values, &tree);
	return 0;
}

static int read_finding(void *context, const void *row)
{
	const struct store_finding_row *from = row;
	const struct reading *reading = context;
	struct object *object = add(&reading->whole->sections[STORE_DIFF_FINDINGS], 0, from->id);
	const struct store_diff_finding finding = {
		.root = from->root,
		.vm_start = from->vm_start,
		.size = from->size,
		.detail_1 = from->detail_1,
		.detail_2 = from->detail_2,
		.vmas = from->vmas,
		.anon_vmas = from->anon_vmas,
		.avcs = from->avcs,
		.bytes = from->bytes,
	};

	object->size = finding.bytes;
	object->second_size = finding.size;
	print_finding(object->values, &finding);
	return 0;
}

static void read_model(const struct model *model, struct objects *sections)
{
	for (uint32_t i = 0; i < model->vma_count; i++)
		read_vma(&sections[STORE_DIFF_VMAS], model, &model->vmas[i]);
	for (uint32_t i = 0; i < model->anon_vma_count; i++)
		read_anon_vma(&sections[STORE_DIFF_ANON_VMAS], model, &model->anon_vmas[i]);
}

void whole_read(struct store *store, int64_t snapshot, struct whole *whole)
{
	const struct store_process_query processes = {
		.snapshot = snapshot,
		.page = {.limit = ROWS_MAX},
	};
	const struct store_tree_query trees = {.snapshot = snapshot, .page = {.limit = ROWS_MAX}};
	const struct store_finding_query findings = {.snapshot = snapshot,
						     .page = {.limit = ROWS_MAX}};
	struct model model;
	struct reading reading = {&model, whole};

	model_init(&model);
	assert_int_equal(store_load_all(store, snapshot, &model), 0);
	read_model(&model, whole->sections);
	assert_int_equal(store_list_processes(store, &processes, read_process, &reading), 0);
	assert_int_equal(store_list_trees(store, &trees, read_tree, &reading), 0);
	assert_int_equal(store_list_findings(store, &findings, read_finding, &reading), 0);
	model_clear(&model);
}

void whole_clear(struct whole *whole)
{
	for (int i = 0; i < STORE_DIFF_SECTION_COUNT; i++)
		free(whole->sections[i].items);
	*whole = (struct whole){0};
}

/* The comparison. */

static struct object *find(const struct objects *objects, const struct object *wanted,
			   bool by_other_key)
{
	for (uint32_t i = 0; i < objects->count; i++) {
		struct object *object = &objects->items[i];

		if (object->group == wanted->group && !object->paired &&
		    (by_other_key ? object->other_key == wanted->other_key :
				    object->key == wanted->key))
			return object;
	}
	return NULL;
}

static enum store_diff_state state_of(const struct object *before, const struct object *after)
{
	int64_t trend;

	if (!before || !after)
		return before ? STORE_DIFF_REMOVED : STORE_DIFF_ADDED;
	if (strcmp(before->program, after->program) != 0)
		return STORE_DIFF_EXECED;
	trend = after->size - before->size;
	if (trend == 0)
		trend = after->second_size - before->second_size;
	return trend > 0 ? STORE_DIFF_GROWN : trend < 0 ? STORE_DIFF_SHRUNK : STORE_DIFF_CHANGED;
}

static bool same_values(const struct object *before, const struct object *after)
{
	size_t size = strcspn(before->values, "|");

	return size == strcspn(after->values, "|") &&
	       memcmp(before->values, after->values, size) == 0;
}

static void print_pair(FILE *out, const struct object *before, const struct object *after,
		       int64_t counts[STORE_DIFF_STATE_COUNT])
{
	const struct object *named = after ? after : before;
	enum store_diff_state state = state_of(before, after);

	if (before && after && same_values(before, after))
		return;
	counts[state]++;
	fprintf(out, "%" PRId64 "/%" PRId64 " %d %" PRId64 " [%s] [%s]\n", named->group, named->key,
		state, (after ? after->size : 0) - (before ? before->size : 0),
		before ? before->values : "", after ? after->values : "");
}

static int by_text(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

char *whole_sort_lines(char *text)
{
	char *result = calloc(strlen(text) + 1, 1), *end = result, *lines[LINES_MAX];
	size_t count = 0;

	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		assert_true(count < LINES_MAX);
		lines[count++] = line;
	}
	qsort(lines, count, sizeof(*lines), by_text);
	for (size_t i = 0; i < count; i++)
		end += sprintf(end, "%s\n", lines[i]);
	free(text);
	return result;
}

static void pair_by(struct objects *before, struct objects *after, bool by_other_key, FILE *out,
		    int64_t counts[STORE_DIFF_STATE_COUNT])
{
	for (uint32_t i = 0; i < before->count; i++) {
		struct object *object = &before->items[i];
		struct object *other = object->paired ? NULL : find(after, object, by_other_key);

		if (!other)
			continue;
		object->paired = other->paired = true;
		print_pair(out, object, other, counts);
	}
}

char *whole_compare(struct whole *from, struct whole *to, enum store_diff_section section,
		    int64_t ret_counts[STORE_DIFF_STATE_COUNT])
{
	struct objects *before = &from->sections[section], copy;
	struct objects *after = &to->sections[section];
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	memset(ret_counts, 0, STORE_DIFF_STATE_COUNT * sizeof(*ret_counts));
	if (from == to) { /* the marks of both sides in one list would meet */
		copy = *before;
		copy.items = malloc((copy.count + 1) * sizeof(*copy.items));
		if (copy.count)
			memcpy(copy.items, before->items, copy.count * sizeof(*copy.items));
		before = &copy;
	}
	for (uint32_t i = 0; i < before->count; i++)
		before->items[i].paired = false;
	for (uint32_t i = 0; i < after->count; i++)
		after->items[i].paired = false;
	pair_by(before, after, false, out, ret_counts);
	if (section == STORE_DIFF_VMAS)
		pair_by(before, after, true, out, ret_counts);
	for (uint32_t i = 0; i < before->count; i++)
		if (!before->items[i].paired)
			print_pair(out, &before->items[i], NULL, ret_counts);
	for (uint32_t i = 0; i < after->count; i++)
		if (!after->items[i].paired)
			print_pair(out, NULL, &after->items[i], ret_counts);
	fclose(out);
	if (from == to)
		free(copy.items);
	return whole_sort_lines(text);
}
