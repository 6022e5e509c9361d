/* SPDX-License-Identifier: GPL-2.0-only */
#include "watch.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collector_link.h"
#include "event.h"
#include "schema/store_list.h"
#include "schema/store_news.h"

#define NS_PER_MS 1000000
#define MS_PER_S 1000
/* How soon a snapshot is told; a look costs one read of a shared page. */
#define DATABASE_EVERY_MS 250
#define COLLECTOR_EVERY_MS 2000
#define COLLECTOR_TIMEOUT_MS 200
/* More than the most events of one look, so that none falls out unseen. */
#define RING_SIZE 128

struct ring_event {
	struct buffer text;
	int64_t snapshot; /* 0: of none, told to everybody */
	bool reset;
};

struct watch {
	struct database *database;
	const char *collector_path;
	pthread_t thread;

	/* only the thread's own */
	struct database_lease lease;
	dev_t dev; /* file of the last lease */
	ino_t ino;
	int64_t version;
	int64_t last; /* newest snapshot that is known */
	bool settled; /* the first look is done */
	bool there; /* there was a database at the last look */

	pthread_mutex_t mutex; /* for all below */
	pthread_cond_t changed;
	struct ring_event ring[RING_SIZE];
	uint64_t head; /* events so far */
	struct watch_reader *readers[WATCH_READERS_MAX];
	unsigned int reader_count;
	uint64_t wakes;
	enum watch_collector collector;
	bool stopping;
};

/* Takes the text. */
static void publish(struct watch *watch, struct buffer *text, int64_t snapshot, bool reset)
{
	struct ring_event *event;

	if (text->error) {
		/* readers miss it, and learn of it when they ask for what they missed */
		buffer_clear(text);
		return;
	}
	pthread_mutex_lock(&watch->mutex);
	event = &watch->ring[watch->head++ % RING_SIZE];
	buffer_clear(&event->text);
	*event = (struct ring_event){.text = *text, .snapshot = snapshot, .reset = reset};
	pthread_cond_broadcast(&watch->changed);
	pthread_mutex_unlock(&watch->mutex);
	*text = (struct buffer){0};
}

static void publish_reset(struct watch *watch, int64_t latest)
{
	struct buffer text = {0};

	event_reset(&text, latest);
	publish(watch, &text, latest, true);
	watch->last = latest;
}

static int publish_snapshots(struct watch *watch, const int64_t *ids, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct buffer text = {0};
		int rc = event_snapshot(&text, watch->lease.store, ids[i]);

		if (rc) {
			buffer_clear(&text);
			return rc;
		}
		publish(watch, &text, ids[i], false);
		watch->last = ids[i];
	}
	return 0;
}

static int publish_news(struct watch *watch, int64_t latest)
{
	int64_t ids[WATCH_SNAPSHOTS_MAX + 1];
	struct buffer text = {0};
	uint32_t count = 0;
	int rc = store_list_new_snapshots(watch->lease.store, watch->last, ids,
					  WATCH_SNAPSHOTS_MAX + 1, &count);

	if (rc)
		return rc;
	if (count <= WATCH_SNAPSHOTS_MAX)
		return publish_snapshots(watch, ids, count);
	event_gap(&text, ids[0], latest);
	publish(watch, &text, latest, false);
	watch->last = latest;
	return 0;
}

/* Something was written, or the file is another one. */
static int look_at_snapshots(struct watch *watch, bool replaced)
{
	int64_t latest = 0;
	int rc = store_latest_snapshot(watch->lease.store, NULL, &latest);

	if (rc && rc != -ENOENT)
		return rc;
	if (!watch->settled)
		watch->last = latest;
	else if (replaced || latest < watch->last)
		publish_reset(watch, latest);
	else
		return publish_news(watch, latest);
	return 0;
}

static int look_at_store(struct watch *watch, bool opened)
{
	bool replaced = opened && watch->there &&
			(watch->lease.dev != watch->dev || watch->lease.ino != watch->ino);
	int64_t version = 0;
	int rc;

	database_extend(watch->database, &watch->lease);
	rc = store_data_version(watch->lease.store, &version);
	if (rc || (!opened && version == watch->version))
		return rc;
	rc = store_read_begin(watch->lease.store);
	if (!rc)
		rc = look_at_snapshots(watch, replaced);
	store_read_end(watch->lease.store);
	if (rc)
		return rc;
	watch->version = version;
	watch->dev = watch->lease.dev;
	watch->ino = watch->lease.ino;
	watch->there = true;
	watch->settled = true;
	return 0;
}

static void lose_database(struct watch *watch)
{
	if (watch->there)
		publish_reset(watch, 0);
	watch->there = false;
	watch->last = 0;
	watch->settled = true;
}

/* What goes wrong here goes wrong for requests too, which say so. */
static void look_at_database(struct watch *watch)
{
	struct store_error error;
	bool opened = false;

	if (watch->lease.store && !database_is_current(watch->database, &watch->lease))
		database_return(watch->database, &watch->lease, false);
	if (!watch->lease.store) {
		if (database_lease(watch->database, &watch->lease, &error) != 0) {
			lose_database(watch);
			return;
		}
		opened = true;
	}
	if (look_at_store(watch, opened) != 0)
		database_return(watch->database, &watch->lease, false);
}

static enum watch_collector ask_collector(const struct watch *watch)
{
	struct collector_status status;
	int rc = collector_link_status(watch->collector_path, COLLECTOR_TIMEOUT_MS, &status);

	if (rc == 0)
		return WATCH_COLLECTOR_RUNS;
	return rc == -ENOENT ? WATCH_COLLECTOR_GONE : WATCH_COLLECTOR_UNKNOWN;
}

static void look_at_collector(struct watch *watch)
{
	enum watch_collector now = ask_collector(watch);
	struct buffer text = {0};

	if (now == watch_collector(watch))
		return;
	pthread_mutex_lock(&watch->mutex);
	watch->collector = now;
	pthread_mutex_unlock(&watch->mutex);
	if (now == WATCH_COLLECTOR_UNKNOWN)
		return;
	event_collector(&text, now == WATCH_COLLECTOR_RUNS);
	publish(watch, &text, 0, false);
}

static struct timespec in_ms(unsigned int ms)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	time.tv_sec += ms / MS_PER_S;
	time.tv_nsec += (long)(ms % MS_PER_S) * NS_PER_MS;
	if (time.tv_nsec >= MS_PER_S * NS_PER_MS) {
		time.tv_sec++;
		time.tv_nsec -= MS_PER_S * NS_PER_MS;
	}
	return time;
}

/* False when the watch is to end. */
static bool rest(struct watch *watch)
{
	struct timespec until = in_ms(DATABASE_EVERY_MS);
	bool stopping;

	pthread_mutex_lock(&watch->mutex);
	/* every event wakes us as well, but only the thread itself makes events */
	while (!watch->stopping &&
	       pthread_cond_timedwait(&watch->changed, &watch->mutex, &until) == 0)
		;
	stopping = watch->stopping;
	pthread_mutex_unlock(&watch->mutex);
	return !stopping;
}

static void *watch_thread(void *context)
{
	struct watch *watch = context;

	for (unsigned int i = 0; i == 0 || rest(watch); i++) {
		if (watch->collector_path && i % (COLLECTOR_EVERY_MS / DATABASE_EVERY_MS) == 0)
			look_at_collector(watch);
		look_at_database(watch);
	}
	if (watch->lease.store)
		database_return(watch->database, &watch->lease, false);
	return NULL;
}

static void init_condition(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(condition, &attributes);
	pthread_condattr_destroy(&attributes);
}

static void release(struct watch *watch)
{
	for (size_t i = 0; i < RING_SIZE; i++)
		buffer_clear(&watch->ring[i].text);
	pthread_cond_destroy(&watch->changed);
	pthread_mutex_destroy(&watch->mutex);
	free(watch);
}

int watch_start(struct database *database, const char *collector, struct watch **ret_watch)
{
	struct watch *watch = calloc(1, sizeof(*watch));
	int rc;

	if (!watch)
		return -ENOMEM;
	watch->database = database;
	watch->collector_path = collector;
	pthread_mutex_init(&watch->mutex, NULL);
	init_condition(&watch->changed);
	rc = pthread_create(&watch->thread, NULL, watch_thread, watch);
	if (rc) {
		release(watch);
		return -rc;
	}
	*ret_watch = watch;
	return 0;
}

void watch_stop(struct watch *watch)
{
	pthread_mutex_lock(&watch->mutex);
	watch->stopping = true;
	pthread_cond_broadcast(&watch->changed);
	pthread_mutex_unlock(&watch->mutex);
	pthread_join(watch->thread, NULL);
}

void watch_free(struct watch **watch)
{
	if (*watch)
		release(*watch);
	*watch = NULL;
}

enum watch_collector watch_collector(struct watch *watch)
{
	enum watch_collector collector;

	pthread_mutex_lock(&watch->mutex);
	collector = watch->collector;
	pthread_mutex_unlock(&watch->mutex);
	return collector;
}

unsigned int watch_readers(struct watch *watch)
{
	unsigned int readers;

	pthread_mutex_lock(&watch->mutex);
	readers = watch->reader_count;
	pthread_mutex_unlock(&watch->mutex);
	return readers;
}

/* A client that closes its side for writing only is gone as well: what it asked is
 * said, and who wants no more of us has no other way to tell. */
static bool has_hung_up(int socket)
{
	struct pollfd state = {.fd = socket, .events = POLLRDHUP};

	return socket > 0 && poll(&state, 1, 0) == 1;
}

static void remove_at(struct watch *watch, unsigned int at)
{
	watch->readers[at] = watch->readers[--watch->reader_count];
}

/* Their threads wake up and leave. */
static void dismiss_gone(struct watch *watch)
{
	for (unsigned int i = watch->reader_count; i-- > 0;) {
		if (!has_hung_up(watch->readers[i]->socket))
			continue;
		watch->readers[i]->dismissed = true;
		remove_at(watch, i);
	}
	pthread_cond_broadcast(&watch->changed);
}

int watch_join(struct watch *watch, int socket, struct watch_reader *ret_reader)
{
	int rc = -EBUSY;

	pthread_mutex_lock(&watch->mutex);
	if (watch->reader_count == WATCH_READERS_MAX)
		dismiss_gone(watch);
	if (watch->reader_count < WATCH_READERS_MAX) {
		*ret_reader = (struct watch_reader){
			.watch = watch,
			.socket = socket,
			.wakes = watch->wakes,
			.next = watch->head,
		};
		watch->readers[watch->reader_count++] = ret_reader;
		rc = 0;
	}
	pthread_mutex_unlock(&watch->mutex);
	return rc;
}

void watch_leave(struct watch_reader *reader)
{
	struct watch *watch = reader->watch;

	pthread_mutex_lock(&watch->mutex);
	for (unsigned int i = watch->reader_count; i-- > 0;)
		if (watch->readers[i] == reader)
			remove_at(watch, i);
	pthread_mutex_unlock(&watch->mutex);
}

void watch_wake(struct watch *watch)
{
	pthread_mutex_lock(&watch->mutex);
	watch->wakes++;
	pthread_cond_broadcast(&watch->changed);
	pthread_mutex_unlock(&watch->mutex);
}

static void read_event(struct watch_reader *reader, const struct ring_event *event,
		       struct buffer *buffer)
{
	/* what was replayed from the database may come through the ring as well */
	if (event->snapshot && !event->reset && event->snapshot <= reader->told)
		return;
	if (event->snapshot || event->reset)
		reader->told = event->snapshot;
	buffer_append(buffer, event->text.bytes, event->text.size);
}

/* Under the lock. -EAGAIN when there is nothing for this reader. */
static int read_events(struct watch_reader *reader, struct buffer *buffer)
{
	const struct watch *watch = reader->watch;
	size_t size = buffer->size;

	if (watch->stopping || reader->dismissed)
		return -ESHUTDOWN;
	if (reader->wakes != watch->wakes) {
		reader->wakes = watch->wakes;
		return -EINTR;
	}
	if (watch->head - reader->next > RING_SIZE)
		return -EOVERFLOW;
	while (reader->next != watch->head)
		read_event(reader, &watch->ring[reader->next++ % RING_SIZE], buffer);
	return buffer->size > size ? 0 : -EAGAIN;
}

int watch_read(struct watch_reader *reader, unsigned int timeout_ms, struct buffer *buffer)
{
	struct timespec until = in_ms(timeout_ms);
	struct watch *watch = reader->watch;
	int rc;

	pthread_mutex_lock(&watch->mutex);
	while ((rc = read_events(reader, buffer)) == -EAGAIN)
		if (pthread_cond_timedwait(&watch->changed, &watch->mutex, &until) == ETIMEDOUT)
			break;
	pthread_mutex_unlock(&watch->mutex);
	return rc == -EAGAIN ? -ETIMEDOUT : rc;
}

int watch_replay(struct watch_reader *reader, struct store *store, int64_t after,
		 struct buffer *buffer)
{
	int64_t ids[WATCH_SNAPSHOTS_MAX + 1];
	uint32_t count = 0;
	int64_t latest = 0;
	int rc = store_latest_snapshot(store, NULL, &latest);

	if (rc && rc != -ENOENT)
		return rc;
	reader->told = latest;
	if (after > latest) {
		event_reset(buffer, latest);
		return 0;
	}
	rc = store_list_new_snapshots(store, after, ids, WATCH_SNAPSHOTS_MAX + 1, &count);
	if (!rc && count > WATCH_SNAPSHOTS_MAX) {
		event_gap(buffer, ids[0], latest);
		return 0;
	}
	for (uint32_t i = 0; !rc && i < count; i++)
		rc = event_snapshot(buffer, store, ids[i]);
	return rc;
}
