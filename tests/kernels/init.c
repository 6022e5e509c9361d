/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * init: process 1 of the virtual machine that ./run boots. It runs the lines of
 * /tests one after the other, each
 *
 *	NAME SECONDS PROGRAM [ARGUMENT…]
 *
 * (separated by single spaces, nothing quoted), and tells on the console
 *
 *	@kernel RELEASE
 *	@begin NAME
 *	…what the program wrote…
 *	@result NAME EXIT-STATUS MILLISECONDS
 *	@end
 *
 * then switches the machine off. The exit status of a program that a signal
 * ended is 128 + the signal's number; one that took too long ended by SIGKILL,
 * with every other process of the machine.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ARGUMENTS_MAX 32

static void prepare_machine(void)
{
	static const struct {
		const char *type, *path;
	} mounts[] = {
		{"proc", "/proc"},
		{"sysfs", "/sys"},
		{"devtmpfs", "/dev"},
		{"tmpfs", "/tmp"},
		{"cgroup2", "/sys/fs/cgroup"},
	};

	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		mkdir(mounts[i].path, 0755);
		if (mount(mounts[i].type, mounts[i].path, mounts[i].type, 0, NULL))
			printf("cannot mount %s: %s\n", mounts[i].path, strerror(errno));
	}
	chmod("/tmp", 01777);
	/* the console of the kernel's choice; there was no /dev before */
	for (int fd = 0; fd < 3; fd++) {
		close(fd);
		if (open("/dev/console", O_RDWR) != fd)
			_exit(1);
	}
	setenv("PATH", "/bin", 1);
	setenv("HOME", "/tmp", 1);
	setenv("TMPDIR", "/tmp", 1);
	setenv("VMASCOPE_COLLECTOR", "/bin/vmascope-collector", 1);
	setenv("VMASCOPE_ACTOR", "/bin/live-actor", 1);
}

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static pid_t start(char **argv)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	setsid();
	execv(argv[0], argv);
	printf("cannot run %s: %s\n", argv[0], strerror(errno));
	fflush(stdout);
	_exit(127);
}

/* Waits for the program, and on the way for every orphan. */
static int await(pid_t program, long deadline_ms)
{
	const struct timespec nap = {.tv_nsec = 5000000};
	int status = 0;

	for (;;) {
		pid_t pid = waitpid(-1, &status, WNOHANG);

		if (pid == program)
			break;
		if (pid < 0 && errno == ECHILD)
			return 127;
		if (pid > 0)
			continue;
		if (now_ms() > deadline_ms) {
			kill(-1, SIGKILL); /* all but ourselves */
			deadline_ms += 60000;
		}
		nanosleep(&nap, NULL);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* What a test left behind must not be seen by the next. */
static void end_leftovers(void)
{
	kill(-1, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		;
}

static void run_line(char *line)
{
	char *argv[ARGUMENTS_MAX + 1] = {NULL}, *rest = line;
	const char *name = strsep(&rest, " "), *seconds = strsep(&rest, " ");
	long started_ms = now_ms();
	size_t count = 0;
	int status;

	while (rest && count < ARGUMENTS_MAX)
		argv[count++] = strsep(&rest, " ");
	if (count == 0)
		return;
	printf("@begin %s\n", name);
	fflush(stdout);
	status = await(start(argv), started_ms + strtol(seconds, NULL, 10) * 1000);
	end_leftovers();
	printf("\n@result %s %d %ld\n", name, status, now_ms() - started_ms);
	fflush(stdout);
}

int main(void)
{
	struct utsname name;
	char line[1024];
	FILE *tests;

	prepare_machine();
	uname(&name);
	printf("\n@kernel %s\n", name.release);
	tests = fopen("/tests", "re");
	while (tests && fgets(line, sizeof(line), tests)) {
		line[strcspn(line, "\n")] = '\0';
		run_line(line);
	}
	printf("@end\n");
	fflush(stdout);
	sync();
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}
