/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * actor: a process of a scenario. It does what its mailbox slot tells it, and
 * nothing else, so that its address space is known exactly.
 *
 * It is linked statically, allocates nothing and makes system calls itself:
 * actors that share an address space without being threads share one errno,
 * and libc must not map anything behind the test's back.
 */
#include "mailbox.h"

#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define STACKS 8
#define STACK_BYTES 32768

/* Stacks of OP_CLONE; part of .bss. */
static char stacks[STACKS][STACK_BYTES] __attribute__((aligned(64)));

#if defined(__x86_64__)
static long raw_syscall(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}
#elif defined(__aarch64__)
static long raw_syscall(long nr, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}
#else
#error "system calls of this machine are not known here"
#endif

static struct mailbox *mailbox(void)
{
	return (struct mailbox *)MAILBOX_ADDRESS;
}

static long page_bytes(void)
{
	return (long)mailbox()->page_bytes;
}

static void leave(int status)
{
	raw_syscall(SYS_exit_group, status, 0, 0, 0, 0, 0);
}

static bool test_is_gone(void)
{
	struct pollfd lifeline = {.fd = LIFELINE_FD, .events = POLLIN};
	struct timespec now = {0};

	return raw_syscall(SYS_ppoll, (long)&lifeline, 1, (long)&now, 0, 0, 0) != 0;
}

static bool must_stop(void)
{
	return __atomic_load_n(&mailbox()->stop, __ATOMIC_ACQUIRE) || test_is_gone();
}

static void answer(struct mailbox_slot *slot, long result)
{
	slot->result = result;
	__atomic_store_n(&slot->state, MAILBOX_DONE, __ATOMIC_RELEASE);
	raw_syscall(SYS_futex, (long)&slot->state, FUTEX_WAKE, 1, 0, 0, 0);
}

static void await_request(struct mailbox_slot *slot)
{
	struct timespec second = {.tv_sec = 1};
	uint32_t state;

	while ((state = __atomic_load_n(&slot->state, __ATOMIC_ACQUIRE)) != MAILBOX_REQUEST) {
		raw_syscall(SYS_futex, (long)&slot->state, FUTEX_WAIT, (long)state, (long)&second,
			    0, 0);
		if (test_is_gone())
			leave(1);
	}
}

static long touch(long address, long bytes, bool write)
{
	for (long at = address; at < address + bytes; at += page_bytes()) {
		volatile char *byte = (volatile char *)at;

		if (write)
			*byte = (char)(*byte + 1);
		else
			(void)*byte;
	}
	return 0;
}

static long protect_every(const int64_t *args)
{
	long bytes = page_bytes();

	for (long page = args[1]; page < args[3]; page += args[2]) {
		long rc = raw_syscall(SYS_mprotect, args[0] + page * bytes, bytes, args[4], 0, 0,
				      0);

		if (rc)
			return rc;
	}
	return 0;
}

static long map_every(const int64_t *args)
{
	long bytes = page_bytes();

	for (long i = 0; i < args[1]; i++) {
		long at = args[0] + i * args[2];
		long rc = raw_syscall(SYS_mmap, at, bytes, PROT_READ | PROT_WRITE,
				      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

		if (rc != at)
			return rc < 0 ? rc : -1;
		if (args[3])
			touch(at, bytes, true);
	}
	return 0;
}

/* Children split and unsplit the region, then exit; two generations. */
static long churn_fork(struct mailbox_slot *slot, long address, long bytes)
{
	while (!must_stop()) {
		long pid = raw_syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0, 0);

		if (!pid) {
			long child = raw_syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0, 0);

			if (child)
				raw_syscall(SYS_mprotect, address, page_bytes(), PROT_READ, 0, 0,
					    0);
			else
				touch(address, bytes, true);
			if (child > 0)
				raw_syscall(SYS_wait4, child, 0, 0, 0, 0, 0);
			leave(0);
		}
		if (pid < 0)
			return pid;
		raw_syscall(SYS_wait4, pid, 0, 0, 0, 0, 0);
		__atomic_add_fetch(&slot->rounds, 1, __ATOMIC_RELAXED);
	}
	return 0;
}

/*
 * Two regions of the same size, each readable below a boundary and writable
 * above it. The boundary of x moves up by one page, then that of y, for ever;
 * at the end of the region both start again at 0, x first. Each step is one
 * mprotect. So at every instant y is at x or one step behind it, and a walk
 * that mixed two instants shows something else.
 */
static long churn_boundary(struct mailbox_slot *slot, long x, long y, long pages)
{
	long bytes = page_bytes();
	long at = 0;

	while (!must_stop()) {
		long rc;

		for (int i = 0; i < 2; i++) {
			long region = i ? y : x;

			if (at < pages)
				rc = raw_syscall(SYS_mprotect, region + at * bytes, bytes,
						 PROT_READ, 0, 0, 0);
			else
				rc = raw_syscall(SYS_mprotect, region, pages * bytes,
						 PROT_READ | PROT_WRITE, 0, 0, 0);
			if (rc)
				return rc;
		}
		at = at < pages ? at + 1 : 0;
		__atomic_add_fetch(&slot->rounds, 1, __ATOMIC_RELAXED);
	}
	return 0;
}

/* Every change of VMAs that has its own path in the kernel, as fast as possible. */
static long churn_storm(struct mailbox_slot *slot, long region, long pages)
{
	long bytes = page_bytes();
	unsigned int seed = 1;

	while (!must_stop()) {
		seed = seed * 1103515245u + 12345u;

		long page = region + (long)((seed >> 16) % (unsigned long)(pages - 2)) * bytes;

		switch ((seed >> 8) % 4) {
		case 0:
			raw_syscall(SYS_mprotect, page, bytes, PROT_READ, 0, 0, 0);
			break;
		case 1:
			raw_syscall(SYS_mprotect, region, pages * bytes, PROT_READ | PROT_WRITE, 0,
				    0, 0);
			break;
		case 2:
			raw_syscall(SYS_mmap, page, 2 * bytes, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
			*(volatile char *)page = 1;
			break;
		case 3:
			raw_syscall(SYS_munmap, page, bytes, 0, 0, 0, 0);
			raw_syscall(SYS_mmap, page, bytes, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
			break;
		}
		__atomic_add_fetch(&slot->rounds, 1, __ATOMIC_RELAXED);
	}
	return 0;
}

static void put_number(char *text, long number)
{
	char digits[24];
	int count = 0;

	do {
		digits[count++] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	while (count)
		*text++ = digits[--count];
	*text = 0;
}

static long start_again(long slot)
{
	char number[24];
	char *argv[] = {(char *)"actor", number, NULL};
	char *envp[] = {NULL};

	put_number(number, slot);
	return raw_syscall(SYS_execve, (long)"/proc/self/exe", (long)argv, (long)envp, 0, 0, 0);
}

static int run(void *argument);

static long clone_actor(const int64_t *args)
{
	char *top = stacks[args[2] % STACKS] + STACK_BYTES;

	/* its errno is not used: failure shows in the child never answering */
	return clone(run, top, (int)args[1], (void *)args[0]);
}

static long carry_out(struct mailbox_slot *slot, long number)
{
	const int64_t *args = slot->args;

	switch (slot->op) {
	case OP_SYSCALL:
		return raw_syscall(args[0], args[1], args[2], args[3], args[4], args[5], args[6]);
	case OP_WRITE:
		return touch(args[0], args[1], true);
	case OP_READ:
		return touch(args[0], args[1], false);
	case OP_PROTECT_EVERY:
		return protect_every(args);
	case OP_MAP_EVERY:
		return map_every(args);
	case OP_CLONE:
		return clone_actor(args);
	case OP_EXEC:
		return start_again(number);
	case OP_CHURN_FORK:
		return churn_fork(slot, args[0], args[1]);
	case OP_CHURN_BOUNDARY:
		return churn_boundary(slot, args[0], args[1], args[2]);
	case OP_CHURN_STORM:
		return churn_storm(slot, args[0], args[1]);
	default:
		return -38; /* ENOSYS */
	}
}

/* The life of one process or thread. Never returns. */
static int run(void *argument)
{
	long number = (long)argument;
	struct mailbox_slot *slot = &mailbox()->slots[number];

	answer(slot, raw_syscall(SYS_gettid, 0, 0, 0, 0, 0, 0));
	for (;;) {
		await_request(slot);
		if (slot->op == OP_EXIT_THREAD) {
			/* nobody is left to answer afterwards */
			answer(slot, 0);
			raw_syscall(SYS_exit, 0, 0, 0, 0, 0, 0);
		}
		if (slot->op != OP_FORK) {
			answer(slot, carry_out(slot, number));
			continue;
		}

		long child = slot->args[0];
		long pid = raw_syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0, 0);

		if (pid) {
			answer(slot, pid);
			continue;
		}
		/* no deeper call: a thousand generations must not grow the stack */
		number = child;
		slot = &mailbox()->slots[number];
		answer(slot, raw_syscall(SYS_gettid, 0, 0, 0, 0, 0, 0));
	}
	return 0;
}

int main(int argc, char **argv)
{
	void *address = (void *)MAILBOX_ADDRESS;

	if (argc != 2)
		return 2;
	if (mmap(address, sizeof(struct mailbox), PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_FIXED_NOREPLACE, MAILBOX_FD, 0) != address)
		return 1;
	return run((void *)atol(argv[1]));
}
