/* SPDX-License-Identifier: GPL-2.0-only */
#include "privileges.h"

#include <errno.h>
#include <stddef.h>
#include <sys/capability.h>
#include <sys/prctl.h>

int privileges_drop(void)
{
	static const cap_value_t needed[] = {CAP_BPF, CAP_PERFMON};
	cap_t before = cap_get_proc(), after = cap_init();
	int rc = before && after ? 0 : -ENOMEM;

	for (size_t i = 0; !rc && i < sizeof(needed) / sizeof(needed[0]); i++) {
		cap_flag_value_t value = CAP_CLEAR;

		cap_get_flag(before, needed[i], CAP_PERMITTED, &value);
		if (cap_set_flag(after, CAP_PERMITTED, 1, &needed[i], value) ||
		    cap_set_flag(after, CAP_EFFECTIVE, 1, &needed[i], value))
			rc = -errno;
	}
	if (!rc && (cap_set_proc(after) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)))
		rc = -errno;
	cap_free(before);
	cap_free(after);
	return rc;
}
