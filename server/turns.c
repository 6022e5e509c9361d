/* SPDX-License-Identifier: GPL-2.0-only */
#include "turns.h"

#include <errno.h>
#include <stdbool.h>

#include "schema/clock.h"

#define NS_PER_S 1000000000u

/* Lies on the stack of its thread. */
struct turns_waiter {
	struct turns_waiter *next;
	pthread_cond_t granted_changed;
	bool granted;
};

void turns_start(struct turns *turns, unsigned int count)
{
	*turns = (struct turns){.free = count};
	pthread_mutex_init(&turns->mutex, NULL);
}

void turns_stop(struct turns *turns)
{
	pthread_mutex_destroy(&turns->mutex);
}

/* Hands turns to those that wait, as far as there are. */
static void grant(struct turns *turns)
{
	while (turns->first && turns->free) {
		struct turns_waiter *waiter = turns->first;

		turns->first = waiter->next;
		if (!turns->first)
			turns->last = NULL;
		turns->free--;
		waiter->granted = true;
		/* under the lock: it is gone as soon as its thread sees it */
		pthread_cond_signal(&waiter->granted_changed);
	}
}

static void enqueue(struct turns *turns, struct turns_waiter *waiter)
{
	if (turns->last)
		turns->last->next = waiter;
	else
		turns->first = waiter;
	turns->last = waiter;
}

static void dequeue(struct turns *turns, const struct turns_waiter *waiter)
{
	struct turns_waiter *before = NULL;

	for (struct turns_waiter *at = turns->first; at != waiter; at = at->next)
		before = at;
	if (before)
		before->next = waiter->next;
	else
		turns->first = waiter->next;
	if (turns->last == waiter)
		turns->last = before;
}

static int wait_until(struct turns *turns, struct turns_waiter *waiter, uint64_t until_ns)
{
	const struct timespec until = {
		.tv_sec = (time_t)(until_ns / NS_PER_S),
		.tv_nsec = (long)(until_ns % NS_PER_S),
	};

	return pthread_cond_timedwait(&waiter->granted_changed, &turns->mutex, &until);
}

/* Under the lock, with the waiter in the queue. */
static int wait_for_turn(struct turns *turns, struct turns_waiter *waiter, uint64_t timeout_ns)
{
	uint64_t end_ns = clock_ns(CLOCK_MONOTONIC) + timeout_ns;

	while (!waiter->granted) {
		if (!timeout_ns)
			pthread_cond_wait(&waiter->granted_changed, &turns->mutex);
		else if (wait_until(turns, waiter, end_ns) == ETIMEDOUT && !waiter->granted) {
			dequeue(turns, waiter);
			return -ETIMEDOUT;
		}
	}
	return 0;
}

static int wait_in_queue(struct turns *turns, uint64_t timeout_ns)
{
	struct turns_waiter waiter = {.granted = false};
	pthread_condattr_t attributes;
	int rc;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&waiter.granted_changed, &attributes);
	pthread_condattr_destroy(&attributes);
	enqueue(turns, &waiter);
	rc = wait_for_turn(turns, &waiter, timeout_ns);
	pthread_cond_destroy(&waiter.granted_changed);
	return rc;
}

int turns_take(struct turns *turns, uint64_t timeout_ns)
{
	int rc = 0;

	pthread_mutex_lock(&turns->mutex);
	if (turns->free && !turns->first)
		turns->free--;
	else
		rc = wait_in_queue(turns, timeout_ns);
	pthread_mutex_unlock(&turns->mutex);
	return rc;
}

void turns_give(struct turns *turns)
{
	pthread_mutex_lock(&turns->mutex);
	turns->free++;
	grant(turns);
	pthread_mutex_unlock(&turns->mutex);
}
