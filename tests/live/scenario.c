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

unsigned long scenario_page(void)
{
	return (unsigned long)sysconf(_SC_PAGESIZE);
}

unsigned long scenario_region(unsigned int number)
{
	return REGION_BASE + number * REGION_STRIDE;
}

pid_t scenario_pid(const struct scenario *scenario, int agent)
{
	return scenario->agents[agent].pid;
}

static struct mailbox_slot *slot_of(struct scenario *scenario, int agent)
{
	assert_true(agent >= 0 && agent < scenario->count);
	return &scenario->mailbox->slots[agent];
}

/* Waits until the agent has answered; pid is the one to blame. */
static long await_answer(struct scenario *scenario, int agent, pid_t pid)
{
	struct mailbox_slot *slot = slot_of(scenario, agent);
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
			fail_msg("agent %d (pid %d) died in operation %u", agent, pid, slot->op);
		if (time(NULL) > deadline)
			fail_msg("agent %d (pid %d) does not answer operation %u", agent, pid,
				 slot->op);
	}
	return slot->result;
}

static void request(struct scenario *scenario, int agent, enum mailbox_op op, const int64_t args[7])
{
	struct mailbox_slot *slot = slot_of(scenario, agent);

	if (!scenario->agents[agent].alive)
		fail_msg("agent %d is dead", agent);
	slot->op = op;
	memcpy(slot->args, args, sizeof(slot->args));
	slot->rounds = 0;
	__atomic_store_n(&slot->state, MAILBOX_REQUEST, __ATOMIC_RELEASE);
	syscall(SYS_futex, &slot->state, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static long carry_out(struct scenario *scenario, int agent, enum mailbox_op op, long a, long b,
		      long c, long d, long e)
{
	const int64_t args[7] = {a, b, c, d, e};

	request(scenario, agent, op, args);
	return await_answer(scenario, agent, scenario->agents[agent].pid);
}

long scenario_syscall(struct scenario *scenario, int agent, long number, long a, long b, long c,
		      long d, long e, long f)
{
	const int64_t args[7] = {number, a, b, c, d, e, f};

	request(scenario, agent, OP_SYSCALL, args);
	return await_answer(scenario, agent, scenario->agents[agent].pid);
}

long scenario_text(struct scenario *scenario, const char *text)
{
	size_t size = strlen(text) + 1;

	assert_true(size <= MAILBOX_TEXT);
	memcpy(scenario->mailbox->text, text, size);
	return (long)(MAILBOX_ADDRESS + offsetof(struct mailbox, text));
}

static int new_agent(struct scenario *scenario)
{
	if (scenario->count == MAILBOX_SLOTS)
		fail_msg("no more than %d agents in a scenario", MAILBOX_SLOTS);
	scenario->agents[scenario->count] = (struct scenario_agent){0};
	scenario->mailbox->slots[scenario->count] = (struct mailbox_slot){0};
	return scenario->count++;
}

/* In the child: becomes agent 0. */
static void become_agent(const char *path, int mailbox_fd, int lifeline_fd)
{
	char *const argv[] = {(char *)"agent", (char *)"0", NULL};
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
	const char *path = environment_agent();
	int lifeline[2];

	*scenario = (struct scenario){.mailbox_fd = -1, .lifeline = -1};
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	open_mailbox(scenario);
	assert_int_equal(pipe2(lifeline, O_CLOEXEC), 0);
	scenario->lifeline = lifeline[1];

	int agent = new_agent(scenario);
	pid_t pid = fork();

	if (!pid)
		become_agent(path, scenario->mailbox_fd, lifeline[0]);
	close(lifeline[0]);
	assert_true(pid > 0);
	scenario->agents[agent] = (struct scenario_agent){.pid = pid, .alive = true};
	await_answer(scenario, agent, pid);
	assert_int_equal(scenario_syscall(scenario, agent, SYS_prctl, PR_SET_CHILD_SUBREAPER, 1, 0,
					  0, 0, 0),
			 0);
}

/* A dead agent becomes a child of this process, at the latest when agent 0,
 * which adopts orphans too, is dead. */
static void reap(struct scenario *scenario)
{
	int left = scenario->count;

	for (int i = 0; left && i < 10000; i++) {
		pid_t pid = scenario->agents[left - 1].pid;

		if (scenario->agents[left - 1].thread || waitpid(pid, NULL, WNOHANG) == pid ||
		    process_state(pid) == ' ')
			left--;
		else
			environment_nap(1);
	}
	if (left)
		print_error("agents did not end within 10 s\n");
}

void scenario_stop(struct scenario *scenario)
{
	if (!scenario->mailbox)
		return;
	__atomic_store_n(&scenario->mailbox->stop, 1, __ATOMIC_RELEASE);
	close(scenario->lifeline);
	for (int i = 0; i < scenario->count; i++)
		if (scenario->agents[i].alive && !scenario->agents[i].thread)
			kill(scenario->agents[i].pid, SIGKILL);
	reap(scenario);
	munmap(scenario->mailbox, sizeof(struct mailbox));
	close(scenario->mailbox_fd);
	*scenario = (struct scenario){.mailbox_fd = -1, .lifeline = -1};
}

int scenario_fork(struct scenario *scenario, int agent)
{
	int child = new_agent(scenario);
	long pid = carry_out(scenario, agent, OP_FORK, child, 0, 0, 0, 0);

	if (pid <= 0)
		fail_msg("fork of agent %d: %s", agent, strerror((int)-pid));
	scenario->agents[child] = (struct scenario_agent){.pid = (pid_t)pid, .alive = true};
	await_answer(scenario, child, (pid_t)pid);
	return child;
}

int scenario_clone(struct scenario *scenario, int agent, int flags, int stack)
{
	int child = new_agent(scenario);
	const int64_t args[7] = {child, flags, stack};

	request(scenario, agent, OP_CLONE, args);
	if (!(flags & CLONE_VFORK)) {
		long rc = await_answer(scenario, agent, scenario->agents[agent].pid);

		if (rc <= 0)
			fail_msg("clone of agent %d with flags %#x failed", agent, flags);
	}
	scenario->agents[child] = (struct scenario_agent){
		.pid = (pid_t)await_answer(scenario, child, 0),
		.alive = true,
		.thread = flags & CLONE_THREAD,
	};
	return child;
}

void scenario_settle(struct scenario *scenario, int agent)
{
	long rc = await_answer(scenario, agent, scenario->agents[agent].pid);

	if (rc < 0)
		fail_msg("agent %d: %s", agent, strerror((int)-rc));
}

void scenario_exec(struct scenario *scenario, int agent)
{
	long rc = carry_out(scenario, agent, OP_EXEC, 0, 0, 0, 0, 0);

	if (rc < 0)
		fail_msg("exec of agent %d: %s", agent, strerror((int)-rc));
}

void scenario_kill(struct scenario *scenario, int agent)
{
	pid_t pid = scenario->agents[agent].pid;

	assert_true(scenario->agents[agent].alive);
	assert_int_equal(kill(pid, SIGKILL), 0);
	scenario->agents[agent].alive = false;
	for (int i = 0; i < 20000; i++) {
		/* a zombie has been through exit_mm() */
		if (is_gone(pid))
			return;
		environment_nap(1);
	}
	fail_msg("agent %d (pid %d) does not die", agent, pid);
}

void scenario_exit_thread(struct scenario *scenario, int agent)
{
	pid_t pid = scenario->agents[agent].pid;

	carry_out(scenario, agent, OP_EXIT_THREAD, 0, 0, 0, 0, 0);
	for (int i = 0; i < 20000; i++) {
		if (is_gone(pid))
			return;
		environment_nap(1);
	}
	fail_msg("thread %d does not exit", pid);
}

static void expect_result(long rc, long wanted, int agent, const char *what)
{
	if (rc != wanted)
		fail_msg("%s by agent %d: %s", what, agent,
			 rc < 0 ? strerror((int)-rc) : "wrong result");
}

void scenario_map(struct scenario *scenario, int agent, unsigned long address, unsigned long pages)
{
	long rc = scenario_syscall(scenario, agent, SYS_mmap, (long)address,
				   (long)(pages * scenario_page()), PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	expect_result(rc, (long)address, agent, "mmap");
}

void scenario_map_file(struct scenario *scenario, int agent, unsigned long address,
		       unsigned long pages, const char *path, int flags, unsigned long page_offset)
{
	int mode = flags & MAP_SHARED ? O_RDWR : O_RDONLY;
	long fd = scenario_syscall(scenario, agent, SYS_openat, AT_FDCWD,
				   scenario_text(scenario, path), mode | O_CLOEXEC, 0, 0, 0);
	long rc;

	if (fd < 0)
		fail_msg("open of %s by agent %d: %s", path, agent, strerror((int)-fd));
	rc = scenario_syscall(scenario, agent, SYS_mmap, (long)address,
			      (long)(pages * scenario_page()), PROT_READ | PROT_WRITE,
			      flags | MAP_FIXED_NOREPLACE, fd,
			      (long)(page_offset * scenario_page()));
	expect_result(rc, (long)address, agent, "mmap of a file");
	scenario_syscall(scenario, agent, SYS_close, fd, 0, 0, 0, 0, 0);
}

void scenario_unmap(struct scenario *scenario, int agent, unsigned long address,
		    unsigned long pages)
{
	expect_result(scenario_syscall(scenario, agent, SYS_munmap, (long)address,
				       (long)(pages * scenario_page()), 0, 0, 0, 0),
		      0, agent, "munmap");
}

void scenario_protect(struct scenario *scenario, int agent, unsigned long address,
		      unsigned long pages, int prot)
{
	expect_result(scenario_syscall(scenario, agent, SYS_mprotect, (long)address,
				       (long)(pages * scenario_page()), prot, 0, 0, 0),
		      0, agent, "mprotect");
}

void scenario_advise(struct scenario *scenario, int agent, unsigned long address,
		     unsigned long pages, int advice)
{
	expect_result(scenario_syscall(scenario, agent, SYS_madvise, (long)address,
				       (long)(pages * scenario_page()), advice, 0, 0, 0),
		      0, agent, "madvise");
}

void scenario_remap(struct scenario *scenario, int agent, unsigned long from, unsigned long pages,
		    unsigned long to, int flags)
{
	long bytes = (long)(pages * scenario_page());

	expect_result(scenario_syscall(scenario, agent, SYS_mremap, (long)from, bytes, bytes,
				       MREMAP_MAYMOVE | MREMAP_FIXED | flags, (long)to, 0),
		      (long)to, agent, "mremap");
}

void scenario_write(struct scenario *scenario, int agent, unsigned long address,
		    unsigned long pages)
{
	carry_out(scenario, agent, OP_WRITE, (long)address, (long)(pages * scenario_page()), 0, 0,
		  0);
}

void scenario_read(struct scenario *scenario, int agent, unsigned long address, unsigned long pages)
{
	carry_out(scenario, agent, OP_READ, (long)address, (long)(pages * scenario_page()), 0, 0,
		  0);
}

void scenario_split(struct scenario *scenario, int agent, unsigned long address,
		    unsigned long pages)
{
	expect_result(carry_out(scenario, agent, OP_PROTECT_EVERY, (long)address, 1, 2, (long)pages,
				PROT_READ),
		      0, agent, "mprotect of every second page");
}

void scenario_begin(struct scenario *scenario, int agent, enum mailbox_op op, long a, long b,
		    long c)
{
	const int64_t args[7] = {a, b, c};

	__atomic_store_n(&scenario->mailbox->stop, 0, __ATOMIC_RELEASE);
	request(scenario, agent, op, args);
}

uint64_t scenario_rounds(const struct scenario *scenario, int agent)
{
	return __atomic_load_n(&scenario->mailbox->slots[agent].rounds, __ATOMIC_RELAXED);
}

void scenario_end(struct scenario *scenario, int agent)
{
	__atomic_store_n(&scenario->mailbox->stop, 1, __ATOMIC_RELEASE);
	expect_result(await_answer(scenario, agent, scenario->agents[agent].pid), 0, agent,
		      "churn");
}
