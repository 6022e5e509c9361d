/* SPDX-License-Identifier: GPL-2.0-only */
#include "scenario.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cmocka_all.h"
#include "environment.h"

#define REGION_BASE 0x2000000000ul
#define REGION_STRIDE 0x40000000ul
#define STEP_TIMEOUT_S 120

/* ' ' when there is no such process. */
static char process_state(pid_t pid)
{
	char path[64];
	char text[512];
	FILE *file;
	size_t size;
	char *end;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return ' ';
	size = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[size] = 0;
	end = strrchr(text, ')');
	return end && end[1] ? end[2] : ' ';
}

static bool is_gone(pid_t pid)
{
	char state = process_state(pid);

	return state == ' ' || state == 'Z' || state == 'X';
}

static bool await_end(pid_t pid)
{
	time_t deadline = time(NULL) + STEP_TIMEOUT_S;

	while (!is_gone(pid)) {
		if (time(NULL) > deadline)
			return false;
		environment_nap(1);
	}
	return true;
}

unsigned long scenario_page(void)
{
	return (unsigned long)sysconf(_SC_PAGESIZE);
}

unsigned long scenario_region(unsigned int number)
{
	return REGION_BASE + number * REGION_STRIDE;
}

pid_t scenario_pid(const struct scenario *scenario, int actor)
{
	return scenario->actors[actor].pid;
}

static struct mailbox_slot *slot_of(struct scenario *scenario, int actor)
{
	assert_true(actor >= 0 && actor < scenario->count);
	return &scenario->mailbox->slots[actor];
}

/* Waits until the actor has answered; pid is the one to blame. */
static long await_answer(struct scenario *scenario, int actor, pid_t pid)
{
	struct mailbox_slot *slot = slot_of(scenario, actor);
	struct timespec slice = {.tv_nsec = 200000000};
	time_t deadline = time(NULL) + STEP_TIMEOUT_S;
	uint32_t state;

	while ((state = __atomic_load_n(&slot->state, __ATOMIC_ACQUIRE)) != MAILBOX_DONE) {
		if (syscall(SYS_futex, &slot->state, FUTEX_WAIT, state, &slice, NULL, 0) == -1 &&
		    errno != ETIMEDOUT)
			continue;
		if (__atomic_load_n(&slot->state, __ATOMIC_ACQUIRE) == MAILBOX_DONE)
			break;
		if (pid > 0 && is_gone(pid))
			fail_msg("actor %d (pid %d) died in operation %u", actor, pid, slot->op);
		if (time(NULL) > deadline)
			fail_msg("actor %d (pid %d) does not answer operation %u", actor, pid,
				 slot->op);
	}
	return slot->result;
}

static void request(struct scenario *scenario, int actor, enum mailbox_op op, const int64_t args[7])
{
	struct mailbox_slot *slot = slot_of(scenario, actor);

	if (!scenario->actors[actor].alive)
		fail_msg("actor %d is dead", actor);
	slot->op = op;
	memcpy(slot->args, args, sizeof(slot->args));
	slot->rounds = 0;
	__atomic_store_n(&slot->state, MAILBOX_REQUEST, __ATOMIC_RELEASE);
	syscall(SYS_futex, &slot->state, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static long carry_out(struct scenario *scenario, int actor, enum mailbox_op op, long a, long b,
		      long c, long d, long e)
{
	const int64_t args[7] = {a, b, c, d, e};

	request(scenario, actor, op, args);
	return await_answer(scenario, actor, scenario->actors[actor].pid);
}

long scenario_syscall(struct scenario *scenario, int actor, long number, long a, long b, long c,
		      long d, long e, long f)
{
	const int64_t args[7] = {number, a, b, c, d, e, f};

	request(scenario, actor, OP_SYSCALL, args);
	return await_answer(scenario, actor, scenario->actors[actor].pid);
}

long scenario_text(struct scenario *scenario, const char *text)
{
	size_t size = strlen(text) + 1;

	assert_true(size <= MAILBOX_TEXT);
	memcpy(scenario->mailbox->text, text, size);
	return (long)(MAILBOX_ADDRESS + offsetof(struct mailbox, text));
}

static int new_actor(struct scenario *scenario)
{
	if (scenario->count == MAILBOX_SLOTS)
		fail_msg("no more than %d actors in a scenario", MAILBOX_SLOTS);
	scenario->actors[scenario->count] = (struct scenario_actor){0};
	scenario->mailbox->slots[scenario->count] = (struct mailbox_slot){0};
	return scenario->count++;
}

/* In the child: becomes actor 0. */
static void become_actor(const char *path, int mailbox_fd, int lifeline_fd)
{
	char *const argv[] = {(char *)"actor", (char *)"0", NULL};
	char *const envp[] = {NULL};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (dup2(mailbox_fd, MAILBOX_FD) < 0 || dup2(lifeline_fd, LIFELINE_FD) < 0)
		_exit(127);
	syscall(SYS_close_range, 3u, (unsigned int)MAILBOX_FD - 1, 0u);
	syscall(SYS_close_range, (unsigned int)LIFELINE_FD + 1, ~0u, 0u);
	execve(path, argv, envp);
	_exit(127);
}

static void open_mailbox(struct scenario *scenario)
{
	scenario->mailbox_fd = memfd_create("vmascope-mailbox", MFD_CLOEXEC);
	assert_true(scenario->mailbox_fd >= 0);
	assert_int_equal(ftruncate(scenario->mailbox_fd, sizeof(struct mailbox)), 0);
	scenario->mailbox = mmap(NULL, sizeof(struct mailbox), PROT_READ | PROT_WRITE, MAP_SHARED,
				 scenario->mailbox_fd, 0);
	assert_ptr_not_equal(scenario->mailbox, MAP_FAILED);
	scenario->mailbox->page_bytes = (uint32_t)scenario_page();
}

void scenario_start(struct scenario *scenario)
{
	const char *path = environment_actor();
	int lifeline[2];

	*scenario = (struct scenario){.mailbox_fd = -1, .lifeline = -1};
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	open_mailbox(scenario);
	assert_int_equal(pipe2(lifeline, O_CLOEXEC), 0);
	scenario->lifeline = lifeline[1];

	int actor = new_actor(scenario);
	pid_t pid = fork();

	if (!pid)
		become_actor(path, scenario->mailbox_fd, lifeline[0]);
	close(lifeline[0]);
	assert_true(pid > 0);
	scenario->actors[actor] = (struct scenario_actor){.pid = pid, .alive = true};
	await_answer(scenario, actor, pid);
	assert_int_equal(scenario_syscall(scenario, actor, SYS_prctl, PR_SET_CHILD_SUBREAPER, 1, 0,
					  0, 0, 0),
			 0);
}

/* A dead actor becomes a child of this process, at the latest when actor 0,
 * which adopts orphans too, is dead. */
static void reap(struct scenario *scenario)
{
	int left = scenario->count;

	for (int i = 0; left && i < 10000; i++) {
		pid_t pid = scenario->actors[left - 1].pid;

		if (scenario->actors[left - 1].thread || waitpid(pid, NULL, WNOHANG) == pid ||
		    process_state(pid) == ' ')
			left--;
		else
			environment_nap(1);
	}
	if (left)
		print_error("actors did not end within 10 s\n");
}

void scenario_stop(struct scenario *scenario)
{
	if (!scenario->mailbox)
		return;
	__atomic_store_n(&scenario->mailbox->stop, 1, __ATOMIC_RELEASE);
	close(scenario->lifeline);
	for (int i = 0; i < scenario->count; i++)
		if (scenario->actors[i].alive && !scenario->actors[i].thread)
			kill(scenario->actors[i].pid, SIGKILL);
	reap(scenario);
	munmap(scenario->mailbox, sizeof(struct mailbox));
	close(scenario->mailbox_fd);
	*scenario = (struct scenario){.mailbox_fd = -1, .lifeline = -1};
}

int scenario_fork(struct scenario *scenario, int actor)
{
	int child = new_actor(scenario);
	long pid = carry_out(scenario, actor, OP_FORK, child, 0, 0, 0, 0);

	if (pid <= 0)
		fail_msg("fork of actor %d: %s", actor, strerror((int)-pid));
	scenario->actors[child] = (struct scenario_actor){.pid = (pid_t)pid, .alive = true};
	await_answer(scenario, child, (pid_t)pid);
	return child;
}

int scenario_clone(struct scenario *scenario, int actor, int flags, int stack)
{
	int child = new_actor(scenario);
	const int64_t args[7] = {child, flags, stack};

	request(scenario, actor, OP_CLONE, args);
	if (!(flags & CLONE_VFORK)) {
		long rc = await_answer(scenario, actor, scenario->actors[actor].pid);

		if (rc <= 0)
			fail_msg("clone of actor %d with flags %#x failed", actor, flags);
	}
	scenario->actors[child] = (struct scenario_actor){
		.pid = (pid_t)await_answer(scenario, child, 0),
		.alive = true,
		.thread = flags & CLONE_THREAD,
	};
	return child;
}

void scenario_settle(struct scenario *scenario, int actor)
{
	long rc = await_answer(scenario, actor, scenario->actors[actor].pid);

	if (rc < 0)
		fail_msg("actor %d: %s", actor, strerror((int)-rc));
}

void scenario_exec(struct scenario *scenario, int actor)
{
	long rc = carry_out(scenario, actor, OP_EXEC, 0, 0, 0, 0, 0);

	if (rc < 0)
		fail_msg("exec of actor %d: %s", actor, strerror((int)-rc));
}

void scenario_kill(struct scenario *scenario, int actor)
{
	pid_t pid = scenario->actors[actor].pid;

	assert_true(scenario->actors[actor].alive);
	assert_int_equal(kill(pid, SIGKILL), 0);
	scenario->actors[actor].alive = false;
	/* a zombie has been through exit_mm() */
	if (!await_end(pid))
		fail_msg("actor %d (pid %d) does not die", actor, pid);
}

void scenario_exit_thread(struct scenario *scenario, int actor)
{
	pid_t pid = scenario->actors[actor].pid;

	carry_out(scenario, actor, OP_EXIT_THREAD, 0, 0, 0, 0, 0);
	if (!await_end(pid))
		fail_msg("thread %d does not exit", pid);
}

void scenario_reap(struct scenario *scenario)
{
	while (scenario_syscall(scenario, 0, SYS_wait4, -1, 0, WNOHANG, 0, 0, 0) > 0)
		;
	while (scenario->count > 1 && !scenario->actors[scenario->count - 1].alive)
		scenario->count--;
}

static void expect_result(long rc, long wanted, int actor, const char *what)
{
	if (rc != wanted)
		fail_msg("%s by actor %d: %s", what, actor,
			 rc < 0 ? strerror((int)-rc) : "wrong result");
}

void scenario_map(struct scenario *scenario, int actor, unsigned long address, unsigned long pages)
{
	long rc = scenario_syscall(scenario, actor, SYS_mmap, (long)address,
				   (long)(pages * scenario_page()), PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	expect_result(rc, (long)address, actor, "mmap");
}

void scenario_map_file(struct scenario *scenario, int actor, unsigned long address,
		       unsigned long pages, const char *path, int flags, unsigned long page_offset)
{
	int mode = flags & MAP_SHARED ? O_RDWR : O_RDONLY;
	long fd = scenario_syscall(scenario, actor, SYS_openat, AT_FDCWD,
				   scenario_text(scenario, path), mode | O_CLOEXEC, 0, 0, 0);
	long rc;

	if (fd < 0)
		fail_msg("open of %s by actor %d: %s", path, actor, strerror((int)-fd));
	rc = scenario_syscall(scenario, actor, SYS_mmap, (long)address,
			      (long)(pages * scenario_page()), PROT_READ | PROT_WRITE,
			      flags | MAP_FIXED_NOREPLACE, fd,
			      (long)(page_offset * scenario_page()));
	expect_result(rc, (long)address, actor, "mmap of a file");
	scenario_syscall(scenario, actor, SYS_close, fd, 0, 0, 0, 0, 0);
}

void scenario_unmap(struct scenario *scenario, int actor, unsigned long address,
		    unsigned long pages)
{
	expect_result(scenario_syscall(scenario, actor, SYS_munmap, (long)address,
				       (long)(pages * scenario_page()), 0, 0, 0, 0),
		      0, actor, "munmap");
}

void scenario_protect(struct scenario *scenario, int actor, unsigned long address,
		      unsigned long pages, int prot)
{
	expect_result(scenario_syscall(scenario, actor, SYS_mprotect, (long)address,
				       (long)(pages * scenario_page()), prot, 0, 0, 0),
		      0, actor, "mprotect");
}

void scenario_advise(struct scenario *scenario, int actor, unsigned long address,
		     unsigned long pages, int advice)
{
	expect_result(scenario_syscall(scenario, actor, SYS_madvise, (long)address,
				       (long)(pages * scenario_page()), advice, 0, 0, 0),
		      0, actor, "madvise");
}

void scenario_remap(struct scenario *scenario, int actor, unsigned long from, unsigned long pages,
		    unsigned long to, int flags)
{
	long bytes = (long)(pages * scenario_page());

	expect_result(scenario_syscall(scenario, actor, SYS_mremap, (long)from, bytes, bytes,
				       MREMAP_MAYMOVE | MREMAP_FIXED | flags, (long)to, 0),
		      (long)to, actor, "mremap");
}

void scenario_write(struct scenario *scenario, int actor, unsigned long address,
		    unsigned long pages)
{
	carry_out(scenario, actor, OP_WRITE, (long)address, (long)(pages * scenario_page()), 0, 0,
		  0);
}

void scenario_read(struct scenario *scenario, int actor, unsigned long address, unsigned long pages)
{
	carry_out(scenario, actor, OP_READ, (long)address, (long)(pages * scenario_page()), 0, 0,
		  0);
}

void scenario_split(struct scenario *scenario, int actor, unsigned long address,
		    unsigned long pages)
{
	expect_result(carry_out(scenario, actor, OP_PROTECT_EVERY, (long)address, 1, 2, (long)pages,
				PROT_READ),
		      0, actor, "mprotect of every second page");
}

void scenario_begin(struct scenario *scenario, int actor, enum mailbox_op op, long a, long b,
		    long c)
{
	const int64_t args[7] = {a, b, c};

	__atomic_store_n(&scenario->mailbox->stop, 0, __ATOMIC_RELEASE);
	request(scenario, actor, op, args);
}

uint64_t scenario_rounds(const struct scenario *scenario, int actor)
{
	return __atomic_load_n(&scenario->mailbox->slots[actor].rounds, __ATOMIC_RELAXED);
}

void scenario_await_rounds(const struct scenario *scenario, int actor, uint64_t rounds)
{
	pid_t pid = scenario_pid(scenario, actor);
	time_t deadline = time(NULL) + STEP_TIMEOUT_S;

	while (scenario_rounds(scenario, actor) <= rounds) {
		if (is_gone(pid))
			fail_msg("actor %d (pid %d) died in its rounds", actor, pid);
		if (time(NULL) > deadline)
			fail_msg("actor %d (pid %d) does not come round", actor, pid);
		environment_nap(1);
	}
}

void scenario_end(struct scenario *scenario, int actor)
{
	__atomic_store_n(&scenario->mailbox->stop, 1, __ATOMIC_RELEASE);
	expect_result(await_answer(scenario, actor, scenario->actors[actor].pid), 0, actor,
		      "churn");
}
