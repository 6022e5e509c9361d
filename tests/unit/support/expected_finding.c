/* SPDX-License-Identifier: GPL-2.0-only */
#include "expected_finding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

void assert_finding(const struct finding *finding, const struct finding *expected)
{
	assert_int_equal(finding->kind, expected->kind);
	assert_int_equal(finding->rule, expected->rule);
	assert_int_equal(finding->mm, expected->mm);
	assert_int_equal(finding->anon_vma, expected->anon_vma);
	assert_int_equal(finding->root, expected->root);
	assert_int_equal(finding->vm_start, expected->vm_start);
	assert_int_equal(finding->size, expected->size);
	for (int i = 0; i < FINDING_DETAILS; i++)
		assert_int_equal(finding->details[i], expected->details[i]);
	assert_int_equal(finding->vmas, expected->vmas);
	assert_int_equal(finding->anon_vmas, expected->anon_vmas);
	assert_int_equal(finding->avcs, expected->avcs);
	assert_int_equal(finding->bytes, expected->bytes);
	assert_int_equal(finding->row, 0);
	assert_int_equal(finding->id, 0);
}
