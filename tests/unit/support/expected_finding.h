/* SPDX-License-Identifier: GPL-2.0-only */
/* expected_finding: compares a finding with what was worked out by hand. */
#ifndef VMASCOPE_TESTS_SUPPORT_EXPECTED_FINDING_H
#define VMASCOPE_TESTS_SUPPORT_EXPECTED_FINDING_H

#include "topology/findings.h"

/* Everything that a finding says but for its places. */
void assert_finding(const struct finding *finding, const struct finding *expected);
#define ASSERT_FINDING(found, ...) assert_finding((found), &(const struct finding){__VA_ARGS__})

#endif
