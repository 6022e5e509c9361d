/* SPDX-License-Identifier: GPL-2.0-only */
#include "measure.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

double measure_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int by_value(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return a < b ? -1 : a > b;
}

double measure_median(double *values, unsigned int count)
{
	qsort(values, count, sizeof(*values), by_value);
	return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

uint64_t measure_read_proc_maps(void)
{
	static char buffer[65536];
	struct dirent *entry;
	uint64_t bytes = 0;
	DIR *proc = opendir("/proc");

	while (proc && (entry = readdir(proc))) {
		char path[300];
		ssize_t got;
		int fd;

		if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%s/maps", entry->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		while ((got = read(fd, buffer, sizeof(buffer))) > 0)
			bytes += (uint64_t)got;
		close(fd);
	}
	if (proc)
		closedir(proc);
	return bytes;
}
