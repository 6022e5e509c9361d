/* SPDX-License-Identifier: GPL-2.0-only */
#include "fork_compare.h"

#include <stdio.h>
#include <stdlib.h>

#include "cmocka_all.h"

/* VM_LOCKED and VM_LOCKONFAULT, which dup_mmap() takes from the child. */
#define NOT_INHERITED 0x00082000ul

#define DIFFER(compared, ...) \
	(snprintf((compared)->difference, FORK_DIFFERENCE_SIZE, __VA_ARGS__), false)

typedef unsigned long long ull;

/* Whether the anon_vma of the prediction is that of `after`. A new one means
 * whatever new one it is compared with first. */
static bool is_meant(struct fork_compared *compared, uint32_t predicted, uint32_t real)
{
	if (predicted == MODEL_NONE || real == MODEL_NONE)
		return predicted == real;
	if (predicted >= compared->before->anon_vma_count &&
	    compared->meant[predicted] == MODEL_NONE && compared->known[real] == MODEL_NONE) {
		compared->meant[predicted] = real;
		compared->known[real] = predicted;
	}
	return compared->meant[predicted] == real;
}

static bool same_file(const struct fork_compared *compared, uint32_t before, uint32_t after)
{
	const struct model_file *left, *right;

	if (before == MODEL_NONE || after == MODEL_NONE)
		return before == after;
	left = &compared->before->files[before];
	right = &compared->after->files[after];
	return left->dev == right->dev && left->ino == right->ino;
}

static bool same_mapping(const struct fork_compared *compared, const struct model_vma *before,
			 const struct model_vma *after, uint64_t lost_flags)
{
	return before->start == after->start && before->end == after->end &&
	       (before->flags & ~lost_flags) == after->flags && before->pgoff == after->pgoff &&
	       same_file(compared, before->file, after->file);
}

static bool compare_child_vma(struct fork_compared *compared, uint32_t index)
{
	const struct fork_vma *predicted = &compared->predicted->vmas[index];
	const struct model_mm *mm = &compared->after->mms[compared->child];
	const struct model_vma *source = &compared->before->vmas[predicted->source];
	const struct model_vma *real = &compared->after->vmas[mm->vma_first + index];
	const uint32_t *chain = model_chain(compared->after, real);

	if (!same_mapping(compared, source, real, NOT_INHERITED))
		return DIFFER(compared, "VMA %#llx-%#llx flags %#llx, predicted %#llx-%#llx %#llx",
			      (ull)real->start, (ull)real->end, (ull)real->flags,
			      (ull)source->start, (ull)source->end, (ull)source->flags);
	if (predicted->chain_count != real->avc_count)
		return DIFFER(compared, "VMA %#llx: chain of %u, predicted %u", (ull)real->start,
			      real->avc_count, predicted->chain_count);
	for (uint32_t i = 0; i < real->avc_count; i++)
		if (!is_meant(compared, compared->predicted->chains[predicted->chain_first + i],
			      chain[i]))
			return DIFFER(compared, "VMA %#llx: link %u of the chain", (ull)real->start,
				      i);
	if (!is_meant(compared, predicted->active, real->active))
		return DIFFER(compared, "VMA %#llx: active anon_vma", (ull)real->start);
	return true;
}

static bool compare_child(struct fork_compared *compared)
{
	const struct model_mm *mm = &compared->after->mms[compared->child];

	if (compared->predicted->vma_count != mm->vma_count)
		return DIFFER(compared, "%u VMAs, predicted %u", mm->vma_count,
			      compared->predicted->vma_count);
	for (uint32_t i = 0; i < mm->vma_count; i++)
		if (!compare_child_vma(compared, i))
			return false;
	return true;
}

static bool compare_new(struct fork_compared *compared, uint32_t index)
{
	const struct fork_anon_vma *predicted = &compared->predicted->new_anon_vmas[index];
	uint32_t name = compared->before->anon_vma_count + index;
	const struct model_anon_vma *real;

	if (compared->meant[name] == MODEL_NONE)
		return DIFFER(compared, "n%u is nowhere", index);
	real = &compared->after->anon_vmas[compared->meant[name]];
	if (!is_meant(compared, predicted->parent, real->parent) ||
	    !is_meant(compared, predicted->root, real->root))
		return DIFFER(compared, "n%u: parent or root", index);
	if (predicted->num_children != real->num_children ||
	    predicted->num_active_vmas != real->num_active_vmas || real->refcount != 1)
		return DIFFER(compared, "n%u: children %llu, active %llu, refcount %u", index,
			      (ull)real->num_children, (ull)real->num_active_vmas, real->refcount);
	return true;
}

/* A root is held by every anon_vma below it. */
static uint32_t new_in_tree(const struct fork_compared *compared, uint32_t root)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < compared->predicted->new_count; i++)
		count += compared->predicted->new_anon_vmas[i].root == root;
	return count;
}

static bool compare_old(struct fork_compared *compared, uint32_t index)
{
	const struct model_anon_vma *before = &compared->before->anon_vmas[index], *after;
	uint32_t change = key_map_find(&compared->predicted->change_of, index + 1ull);
	struct fork_change counters = {index, before->num_children, before->num_active_vmas};

	if (compared->meant[index] == MODEL_NONE)
		return DIFFER(compared, "%u is gone", index);
	after = &compared->after->anon_vmas[compared->meant[index]];
	if (change != KEY_MAP_NONE)
		counters = compared->predicted->changes[change];
	if (!is_meant(compared, before->parent, after->parent) ||
	    !is_meant(compared, before->root, after->root))
		return DIFFER(compared, "%u: parent or root", index);
	if (counters.num_children != after->num_children ||
	    counters.num_active_vmas != after->num_active_vmas ||
	    before->refcount + new_in_tree(compared, index) != after->refcount)
		return DIFFER(compared, "%u: children %llu, active %llu, refcount %u", index,
			      (ull)after->num_children, (ull)after->num_active_vmas,
			      after->refcount);
	return true;
}

static bool compare_anon_vmas(struct fork_compared *compared)
{
	for (uint32_t i = 0; i < compared->predicted->new_count; i++)
		if (!compare_new(compared, i))
			return false;
	for (uint32_t i = 0; i < compared->before->anon_vma_count; i++)
		if (!compare_old(compared, i))
			return false;
	if (compared->after->anon_vma_count !=
	    compared->before->anon_vma_count + compared->predicted->new_count)
		return DIFFER(compared, "%u anon_vmas, before %u", compared->after->anon_vma_count,
			      compared->before->anon_vma_count);
	return true;
}

static bool is_untouched_vma(struct fork_compared *compared, const struct model_vma *before,
			     const struct model_vma *after)
{
	const uint32_t *left = model_chain(compared->before, before);
	const uint32_t *right = model_chain(compared->after, after);

	if (!same_mapping(compared, before, after, 0) || before->avc_count != after->avc_count ||
	    !is_meant(compared, before->active, after->active))
		return DIFFER(compared, "VMA %#llx of an old mm changed", (ull)before->start);
	for (uint32_t i = 0; i < before->avc_count; i++)
		if (!is_meant(compared, left[i], right[i]))
			return DIFFER(compared, "VMA %#llx of an old mm: link %u",
				      (ull)before->start, i);
	return true;
}

/* Of the parent too: fork leaves the chains of the parent alone. */
static bool is_untouched(struct fork_compared *compared, const struct model_mm *before)
{
	uint32_t mm = model_find_mm(compared->after, before->key);
	const struct model_mm *after = mm == MODEL_NONE ? NULL : &compared->after->mms[mm];

	if (!after || after->vma_count != before->vma_count)
		return DIFFER(compared, "an old mm is gone or has another number of VMAs");
	for (uint32_t i = 0; i < before->vma_count; i++)
		if (!is_untouched_vma(compared, &compared->before->vmas[before->vma_first + i],
				      &compared->after->vmas[after->vma_first + i]))
			return false;
	return true;
}

static bool compare_others(struct fork_compared *compared)
{
	if (compared->after->mm_count != compared->before->mm_count + 1)
		return DIFFER(compared, "%u mms, before %u", compared->after->mm_count,
			      compared->before->mm_count);
	for (uint32_t i = 0; i < compared->before->mm_count; i++)
		if (!is_untouched(compared, &compared->before->mms[i]))
			return false;
	return true;
}

static uint32_t *none_of(size_t count)
{
	uint32_t *table = malloc((count + 1) * sizeof(*table));

	assert_non_null(table);
	for (size_t i = 0; i < count; i++)
		table[i] = MODEL_NONE;
	return table;
}

static void bind_old(struct fork_compared *compared)
{
	for (uint32_t i = 0; i < compared->before->anon_vma_count; i++) {
		uint32_t real = model_find_anon_vma(compared->after,
						    compared->before->anon_vmas[i].key);

		compared->meant[i] = real;
		if (real != MODEL_NONE)
			compared->known[real] = i;
	}
}

bool fork_compare(struct fork_compared *compared, const struct model *before,
		  const struct fork_child *predicted, const struct model *after, uint32_t child)
{
	fork_compared_clear(compared);
	*compared = (struct fork_compared){
		.before = before,
		.after = after,
		.predicted = predicted,
		.child = child,
		.meant = none_of((size_t)before->anon_vma_count + predicted->new_count),
		.known = none_of(after->anon_vma_count),
	};
	bind_old(compared);
	return compare_child(compared) && compare_anon_vmas(compared) && compare_others(compared);
}

void fork_compared_clear(struct fork_compared *compared)
{
	free(compared->meant);
	free(compared->known);
	*compared = (struct fork_compared){0};
}

static void print_predicted(const struct fork_compared *compared, uint32_t name)
{
	if (name == MODEL_NONE)
		print_error(" -");
	else if (name < compared->before->anon_vma_count)
		print_error(" %u", name);
	else
		print_error(" n%u", name - compared->before->anon_vma_count);
}

static void print_real(const struct fork_compared *compared, uint32_t anon_vma)
{
	if (anon_vma != MODEL_NONE && compared->known[anon_vma] == MODEL_NONE)
		print_error(" ?%u", anon_vma);
	else
		print_predicted(compared,
				anon_vma == MODEL_NONE ? MODEL_NONE : compared->known[anon_vma]);
}

static void print_prediction(const struct fork_compared *compared, const struct fork_vma *vma)
{
	const struct model_vma *source = &compared->before->vmas[vma->source];

	print_error("%#llx-%#llx flags %#llx\n    parent   ", (ull)source->start, (ull)source->end,
		    (ull)source->flags);
	print_predicted(compared, source->active);
	print_error(":");
	for (uint32_t i = 0; i < source->avc_count; i++)
		print_predicted(compared, model_chain(compared->before, source)[i]);
	print_error("\n    predicted");
	print_predicted(compared, vma->active);
	print_error(":");
	for (uint32_t i = 0; i < vma->chain_count; i++)
		print_predicted(compared, compared->predicted->chains[vma->chain_first + i]);
	print_error("\n");
}

static void print_child_vma(const struct fork_compared *compared, const struct model_vma *vma)
{
	print_error("    real %#llx-%#llx", (ull)vma->start, (ull)vma->end);
	print_real(compared, vma->active);
	print_error(":");
	for (uint32_t i = 0; i < vma->avc_count; i++)
		print_real(compared, model_chain(compared->after, vma)[i]);
	print_error("\n");
}

void fork_compared_print(const struct fork_compared *compared)
{
	const struct model_mm *child = &compared->after->mms[compared->child];

	print_error("%s\nactive anon_vma: chain\n", compared->difference);
	for (uint32_t i = 0; i < compared->predicted->vma_count; i++) {
		print_prediction(compared, &compared->predicted->vmas[i]);
		if (i < child->vma_count)
			print_child_vma(compared, &compared->after->vmas[child->vma_first + i]);
	}
	for (uint32_t i = 0; i < compared->before->anon_vma_count; i++) {
		const struct model_anon_vma *anon_vma = &compared->before->anon_vmas[i];

		print_error("%u: parent %u, root %u, children %llu, active %llu before\n", i,
			    anon_vma->parent, anon_vma->root, (ull)anon_vma->num_children,
			    (ull)anon_vma->num_active_vmas);
	}
}
