/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/diff_fields.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/field_select.h"

static const struct field *const tables[] = {
	diff_process_fields, diff_tree_fields,	  diff_anon_vma_fields,
	diff_vma_fields,     diff_finding_fields, diff_name_fields,
};

static const struct field *group_of(const struct field *table, const char *name)
{
	while (table->name && strcmp(table->name, name) != 0)
		table++;
	assert_non_null(table->name);
	assert_int_equal(table->kind, FIELD_GROUP);
	return table->fields;
}

/* "changed" goes through both at once. */
static void both_sides_have_the_same_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		const struct field *before = group_of(tables[i], "before");
		const struct field *after = group_of(tables[i], "after");

		for (; before->name; before++, after++) {
			assert_non_null(after->name);
			assert_string_equal(before->name, after->name);
			assert_int_equal(before->kind, after->kind);
			/* it is that of the other side */
			assert_true(before->offset != after->offset ||
				    before->write != after->write ||
				    before->write_json != after->write_json);
		}
		assert_null(after->name);
	}
}

static void all_of_a_table_can_be_chosen(void **state)
{
	struct field_selection selection;
	struct problem problem = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		struct buffer names = {0};
		char *text;

		field_names(tables[i], ",", &names);
		text = buffer_take_text(&names);
		assert_non_null(text);
		assert_int_equal(field_select(tables[i], text, &selection, &problem), 0);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_sides_have_the_same_values),
		cmocka_unit_test(all_of_a_table_can_be_chosen),
	};

	return cmocka_run_group_tests_name("server/diff_fields", tests, NULL, NULL);
}
