/* SPDX-License-Identifier: GPL-2.0-only */
#include "held.h"

#include <errno.h>
#include <stdint.h>
#include <time.h>

#define NS_PER_S 1000000000
/* For threads that were told to wake up and free what they hold. */
#define LEAVE_NS (NS_PER_S / 4)

void held_start(struct held *held, size_t max)
{
	pthread_condattr_t attributes;

	*held = (struct held){.max = max};
	pthread_mutex_init(&held->mutex, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&held->dropped, &attributes);
	pthread_condattr_destroy(&attributes);
}

void held_stop(struct held *held)
{
	pthread_cond_destroy(&held->dropped);
	pthread_mutex_destroy(&held->mutex);
}

void held_on_press(struct held *held, bool (*press)(void *context), void *context)
{
	pthread_mutex_lock(&held->mutex);
	held->press = press;
	held->context = context;
	pthread_mutex_unlock(&held->mutex);
}

static bool fits(const struct held *held, size_t bytes)
{
	return held->bytes == 0 || (bytes <= held->max && held->bytes <= held->max - bytes);
}

/* Outside the lock, which those take that let go. */
static bool press(struct held *held)
{
	bool (*function)(void *context) = held->press;
	void *context = held->context;
	bool somebody;

	if (!function)
		return false;
	pthread_mutex_unlock(&held->mutex);
	somebody = function(context);
	pthread_mutex_lock(&held->mutex);
	return somebody;
}

static void wait_until_it_fits(struct held *held, size_t bytes)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += LEAVE_NS;
	if (until.tv_nsec >= NS_PER_S) {
		until.tv_sec++;
		until.tv_nsec -= NS_PER_S;
	}
	while (!fits(held, bytes) &&
	       pthread_cond_timedwait(&held->dropped, &held->mutex, &until) != ETIMEDOUT)
		;
}

bool held_add(struct held *held, size_t bytes)
{
	bool added;

	pthread_mutex_lock(&held->mutex);
	if (!fits(held, bytes) && press(held))
		wait_until_it_fits(held, bytes);
	added = fits(held, bytes);
	if (added)
		held->bytes += bytes;
	pthread_mutex_unlock(&held->mutex);
	return added;
}

void held_drop(struct held *held, size_t bytes)
{
	pthread_mutex_lock(&held->mutex);
	held->bytes -= bytes;
	pthread_cond_broadcast(&held->dropped);
	pthread_mutex_unlock(&held->mutex);
}
