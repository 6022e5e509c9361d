/* SPDX-License-Identifier: GPL-2.0-only */
#include "environment.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmocka_all.h"

static const char *beside_program(char *buffer, size_t size, const char *name)
{
	ssize_t length = readlink("/proc/self/exe", buffer, size - 1);
	char *slash;

	if (length < 0)
		return name;
	buffer[length] = 0;
	slash = strrchr(buffer, '/');
	if (!slash || (size_t)(slash - buffer) + strlen(name) + 2 > size)
		return name;
	memcpy(slash + 1, name, strlen(name) + 1);
	return buffer;
}

const char *environment_collector(void)
{
	static char buffer[PATH_MAX];
	const char *path = getenv("VMASCOPE_COLLECTOR");

	return path ? path :
		      beside_program(buffer, sizeof(buffer), "../../collector/vmascope-collector");
}

const char *environment_actor(void)
{
	static char buffer[PATH_MAX];
	const char *path = getenv("VMASCOPE_ACTOR");

	return path ? path : beside_program(buffer, sizeof(buffer), "live-actor");
}

void environment_require(void)
{
	const char *reason = NULL;

	if (geteuid() != 0)
		reason = "not root";
	else if (access("/sys/kernel/btf/vmlinux", R_OK) != 0)
		reason = "this kernel has no BTF (/sys/kernel/btf/vmlinux)";
	if (!reason)
		return;
	print_message("skipped: %s\n", reason);
	skip();
}

void environment_nap(long ms)
{
	struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	nanosleep(&time, NULL);
}
