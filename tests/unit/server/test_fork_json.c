/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/fork_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../support/forest.h"

static struct buffer buffer;
static struct json_writer json;

static int setup(void **state)
{
	(void)state;
	json_start(&json, &buffer);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	buffer_clear(&buffer);
	return 0;
}

/* Two VMAs on one root, ids 7 and 8 for it and for what is idle below it. */
static void fill(struct model *model)
{
	uint32_t root, idle;

	forest_origin(model);
	root = forest_root(model, 7);
	idle = forest_child(model, 8, root);
	model->anon_vmas[root].id = 7;
	model->anon_vmas[idle].id = 8;
	forest_mm(model, 1);
	forest_vma(model, 16, 1, root);
	forest_vma(model, 18, 1, root, idle);
}

static void a_child_is_named_by_ids_and_new_ones_by_negative_numbers(void **state)
{
	struct model model = {0};
	struct fork_child child = {0};
	struct fork_json fork = {
		.model = &model,
		.child = &child,
		.comm = "a\"b",
		.pid = 4242,
		.policy = FORK_COUNTERS,
	};
	char *text;

	(void)state;
	fill(&model);
	assert_int_equal(fork_simulate(&model, 0, fork.policy, &child), 0);
	fork.results[FORK_COUNTERS] = (struct fork_result){
		.vmas = 2,
		.anon_vmas = 1,
		.avcs = 4,
		.violations = FORK_LINKED_TWICE | FORK_SETS_DIFFER,
	};
	fork_json_write(&json, &fork);
	text = buffer_take_text(&buffer);
	assert_non_null(strstr(text, "\"process\":{\"pid\":4242,\"comm\":\"a\\\"b\"},"
				     "\"allocates\":{\"vmas\":2,\"anon_vmas\":1,\"avcs\":4,"
				     "\"bytes\":744},"
				     "\"violations\":[\"linked_twice\",\"sets_differ\"],"));
	assert_non_null(strstr(text, "\"anon_vma\":-1,\"chain\":[-1,7],"
				     "\"reused\":false,\"shared\":false}"));
	assert_non_null(strstr(text, "\"anon_vma\":8,\"chain\":[7,8],\"reused\":true,"));
	assert_non_null(strstr(text, "\"new_anon_vmas\":[{\"id\":-1,\"parent\":7,\"root\":7,"
				     "\"num_children\":0,\"num_active_vmas\":1}],"));
	assert_non_null(strstr(text, "{\"anon_vma\":8,\"num_children\":{\"before\":0,\"after\":0},"
				     "\"num_active_vmas\":{\"before\":0,\"after\":1}}],"));
	free(text);
	fork_child_clear(&child);
	model_clear(&model);
}

/* Whoever reads it needs no table of the policies besides. */
static void every_policy_is_told_with_its_kernels_and_rule(void **state)
{
	struct model model = {0};
	struct fork_child child = {0};
	struct fork_json fork = {.model = &model, .child = &child, .comm = "a"};
	char *text, *told;

	(void)state;
	fill(&model);
	assert_int_equal(fork_simulate(&model, 0, fork.policy, &child), 0);
	fork_json_write(&json, &fork);
	text = buffer_take_text(&buffer);
	told = strstr(text, "\"policies\":[");
	for (int policy = 0; policy < FORK_POLICY_COUNT; policy++) {
		const struct fork_policy_info *info = &fork_policies[policy];
		char names[512];

		snprintf(names, sizeof(names), "{\"policy\":\"%s\",\"kernels\":\"%s\",", info->name,
			 info->kernels);
		assert_non_null(told);
		told = strstr(told, names);
		assert_non_null(told);
		snprintf(names, sizeof(names), ":\"%s\",\"anon_vmas\":", info->rule);
		told = strstr(told, names);
	}
	assert_non_null(told);
	free(text);
	fork_child_clear(&child);
	model_clear(&model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_child_is_named_by_ids_and_new_ones_by_negative_numbers, setup, teardown),
		cmocka_unit_test_setup_teardown(every_policy_is_told_with_its_kernels_and_rule,
						setup, teardown),
	};

	return cmocka_run_group_tests_name("server/fork_json", tests, NULL, NULL);
}
