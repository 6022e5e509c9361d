/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/tree_dot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct model model;
static struct buffer buffer;

static int setup(void **state)
{
	(void)state;
	model_init(&model);
	model.origin.split_counters = true;
	model.origin.page_size = 4096;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	model_clear(&model);
	buffer_clear(&buffer);
	return 0;
}

static void assert_written(const char *expected)
{
	char *text = buffer_take_text(&buffer);

	assert_string_equal(text, expected);
	free(text);
}

static const struct {
	const char *bytes;
	size_t size;
	const char *label;
} texts[] = {
	{"bash", 4, "bash"},
	{"a\"b", 3, "a\\\"b"},
	{"a\\", 2, "a\\\\"},
	{"\\N", 2, "\\\\N"},
	{"<b>", 3, "<b>"},
	{"&lt;", 4, "&amp;lt;"},
	{"a\nb", 3,
	 "a\xef\xbf\xbd"
	 "b"},
	{"\0x", 2, "\xef\xbf\xbdx"},
	{"\x7f\xc2\x80", 3, "\xef\xbf\xbd\xef\xbf\xbd"},
	{"\xe2\x82", 2, "\xef\xbf\xbd"},
	{"\xc3\xa9", 2, "\xc3\xa9"},
};

static void any_bytes_are_text_between_quotes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		tree_dot_text(&buffer, texts[i].bytes, texts[i].size);
		assert_written(texts[i].label);
	}
}

static uint32_t add_anon_vma(uint32_t id, uint32_t parent, uint64_t children, uint64_t active)
{
	uint32_t i = 0;

	assert_int_equal(model_add_anon_vma(&model, id, &i), 0);
	model.anon_vmas[i].id = id;
	model.anon_vmas[i].root = 0;
	model.anon_vmas[i].parent = parent;
	model.anon_vmas[i].num_children = children;
	model.anon_vmas[i].num_active_vmas = active;
	model.anon_vmas[i].described = true;
	return i;
}

static uint32_t add_vma(uint32_t mm, uint64_t start, uint32_t active, uint32_t root)
{
	uint32_t i = 0;

	assert_int_equal(model_add_vma(&model, mm, &i), 0);
	model.vmas[i].start = start;
	model.vmas[i].end = start + 4096;
	model.vmas[i].file = MODEL_NONE;
	model.vmas[i].active = active;
	model.vmas[i].avc_first = model.avc_count;
	assert_int_equal(model_add_avc(&model, active), 0);
	if (active != root)
		assert_int_equal(model_add_avc(&model, root), 0);
	model.vmas[i].avc_count = model.avc_count - model.vmas[i].avc_first;
	if (model.mms[mm].vma_count++ == 0)
		model.mms[mm].vma_first = i;
	return i;
}

static uint32_t add_process(int32_t pid, const char *comm)
{
	uint32_t process = 0, mm = 0;

	assert_int_equal(model_add_process(&model, pid, &process), 0);
	assert_int_equal(model_add_mm(&model, (uint64_t)pid, &mm), 0);
	strncpy(model.processes[process].comm, comm, MODEL_COMM_SIZE - 1);
	model.processes[process].mm = mm;
	model.mms[mm].owner = process;
	return mm;
}

/* A parent that forked once: two VMAs that shared its anon_vma got one each, one
 * took what a dead child left, and one anon_vma is idle. */
static void a_tree_is_nodes_edges_and_frames(void **state)
{
	uint32_t root, left, right, idle, reused, parent, child;

	(void)state;
	root = add_anon_vma(1, 0, 5, 1);
	left = add_anon_vma(2, root, 0, 1);
	right = add_anon_vma(3, root, 0, 1);
	idle = add_anon_vma(4, root, 1, 0);
	reused = add_anon_vma(5, idle, 0, 1);
	parent = add_process(10, "sh");
	add_vma(parent, 0x1000, root, root);
	child = add_process(11, "a\"b");
	add_vma(child, 0x1000, left, root);
	add_vma(child, 0x2000, right, root);
	model.vmas[add_vma(child, 0x3000, reused, root)].reused = true;
	assert_int_equal(tree_dot_write(&buffer, &model), 0);
	assert_written(
		"digraph anon_vmas {\n"
		"\tcharset=\"UTF-8\";\n"
		"\tnode [fontname=\"sans-serif\"];\n"
		"\tn1 [label=\"1\\nsh (10)\\nnum_children 5, num_active_vmas 1\\n4 linked\", "
		"shape=box, color=\"#0072B2\"];\n"
		"\tn2 [label=\"2\\na\\\"b (11)\\nnum_children 0, num_active_vmas 1\\n1 linked\", "
		"shape=box, color=\"#0072B2\"];\n"
		"\tn1 -> n2;\n"
		"\tn3 [label=\"3\\na\\\"b (11)\\nnum_children 0, num_active_vmas 1\\n1 linked\", "
		"shape=box, color=\"#0072B2\"];\n"
		"\tn1 -> n3;\n"
		"\tn4 [label=\"4\\nno VMA\\nnum_children 1, num_active_vmas 0\\n0 linked\", "
		"shape=ellipse, style=dashed, color=\"#E69F00\"];\n"
		"\tn1 -> n4;\n"
		"\tn5 [label=\"5\\na\\\"b (11)\\nnum_children 0, num_active_vmas 1\\n1 linked\", "
		"shape=box, peripheries=2, color=\"#009E73\"];\n"
		"\tn4 -> n5;\n"
		"\tsubgraph cluster_0 {\n"
		"\t\tlabel=\"1 missed\";\n"
		"\t\tcolor=\"#D55E00\";\n"
		"\t\tn2;\n"
		"\t\tn3;\n"
		"\t}\n"
		"}\n");
}

static void kernels_with_one_counter_have_a_degree(void **state)
{
	(void)state;
	model.origin.split_counters = false;
	add_anon_vma(1, 0, 2, 0);
	assert_int_equal(tree_dot_write(&buffer, &model), 0);
	buffer_append(&buffer, "", 1);
	assert_non_null(strstr(buffer.bytes, "\\ndegree 2\\n"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(any_bytes_are_text_between_quotes),
		TEST(a_tree_is_nodes_edges_and_frames),
		TEST(kernels_with_one_counter_have_a_degree),
	};

	return cmocka_run_group_tests_name("server/tree_dot", tests, NULL, NULL);
}
