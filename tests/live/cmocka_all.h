/* SPDX-License-Identifier: GPL-2.0-only */
/* cmocka.h with what it needs before it. */
#ifndef VMASCOPE_TESTS_LIVE_CMOCKA_ALL_H
#define VMASCOPE_TESTS_LIVE_CMOCKA_ALL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
