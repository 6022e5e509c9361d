/* SPDX-License-Identifier: GPL-2.0-only */
#include "field_select.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Whether a word is the name, or "group.name". */
static bool word_is(const char *word, size_t size, const char *group, const char *name)
{
	size_t group_size = group ? strlen(group) + 1 : 0;

	if (size != group_size + strlen(name) || memcmp(word + group_size, name, strlen(name)) != 0)
		return false;
	return !group || (memcmp(word, group, group_size - 1) == 0 && word[group_size - 1] == '.');
}

static bool is_listed(const char *list, const char *group, const char *name)
{
	for (const char *word = list; *word;) {
		size_t size = strcspn(word, ",");

		if (word_is(word, size, group, name))
			return true;
		word += size + (word[size] == ',');
	}
	return false;
}

static bool word_is_known(const struct field *table, const char *word, size_t size)
{
	for (; table->name; table++) {
		if (word_is(word, size, NULL, table->name))
			return true;
		if (table->kind != FIELD_GROUP)
			continue;
		for (const struct field *field = table->fields; field->name; field++)
			if (word_is(word, size, table->name, field->name))
				return true;
	}
	return false;
}

static int refuse(const struct field *table, const char *word, size_t size, struct problem *problem)
{
	struct buffer known = {0};
	char *text;
	int rc;

	field_names(table, ", ", &known);
	text = buffer_take_text(&known);
	rc = problem_set(problem, 400, "There is no field \"%.*s\"; fields takes some of %s.",
			 (int)(size < 64 ? size : 64), word,
			 text ? text : "those of the answer without it");
	free(text);
	return rc;
}

static int check_words(const struct field *table, const char *list, struct problem *problem)
{
	const char *word = list;

	do {
		size_t size = strcspn(word, ",");

		if (!word_is_known(table, word, size))
			return refuse(table, word, size, problem);
		word += size;
	} while (*word++ == ',');
	return 0;
}

static size_t take(const struct field *table, const char *list, const char *group,
		   struct field *room, size_t left)
{
	size_t count = 0;

	for (; table->name && count < left; table++)
		if (is_listed(list, group, table->name) || (!group && table->kind == FIELD_GROUP))
			room[count++] = *table;
	return count;
}

/* The members that are asked for; false where there are none. */
static bool narrow_group(struct field_selection *selection, struct field *group, const char *list)
{
	struct field *members = selection->fields + selection->used;
	size_t left = FIELD_SELECTION_MAX - 1 - selection->used;
	size_t count;

	if (is_listed(list, NULL, group->name))
		return true;
	count = take(group->fields, list, group->name, members, left);
	members[count] = (struct field)FIELD_END;
	selection->used += count + 1;
	group->fields = members;
	return count > 0;
}

int field_select(const struct field *table, const char *list, struct field_selection *selection,
		 struct problem *problem)
{
	struct field *kept = selection->fields;
	size_t count;
	int rc = check_words(table, list, problem);

	if (rc)
		return rc;
	count = take(table, list, NULL, selection->fields, FIELD_SELECTION_MAX - 1);
	selection->used = count + 1;
	for (size_t i = 0; i < count; i++) {
		struct field *field = &selection->fields[i];

		if (selection->used >= FIELD_SELECTION_MAX)
			return -E2BIG;
		if (field->kind != FIELD_GROUP || narrow_group(selection, field, list))
			*kept++ = *field;
	}
	*kept = (struct field)FIELD_END;
	return 0;
}
