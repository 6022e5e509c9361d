/* SPDX-License-Identifier: GPL-2.0-only */
#include "reply_cache.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"

struct kept_reply {
	struct buffer key;
	struct reply reply;
};

struct reply_cache {
	pthread_mutex_t mutex;
	struct database_version version; /* of every reply in the slots */
	struct kept_reply *slots[REPLY_CACHE_SLOTS];
};

/* The tag is compared before a reply is made, so a 304 is a reply like others. */
static const char *const varying_headers[] = {"Accept", "Accept-Encoding", "If-None-Match"};

struct reply_cache *reply_cache_new(void)
{
	struct reply_cache *cache = calloc(1, sizeof(*cache));

	if (cache)
		pthread_mutex_init(&cache->mutex, NULL);
	return cache;
}

static void free_kept(struct kept_reply *kept)
{
	if (!kept)
		return;
	buffer_clear(&kept->key);
	reply_clear(&kept->reply);
	free(kept);
}

static void free_slots(struct reply_cache *cache)
{
	for (size_t i = 0; i < REPLY_CACHE_SLOTS; i++) {
		free_kept(cache->slots[i]);
		cache->slots[i] = NULL;
	}
}

void reply_cache_free(struct reply_cache **cache)
{
	if (!*cache)
		return;
	free_slots(*cache);
	pthread_mutex_destroy(&(*cache)->mutex);
	free(*cache);
	*cache = NULL;
}

/* A part with its end, told apart from one that is not there. */
static void add_part(struct reply_key *key, const char *part)
{
	buffer_append(&key->text, part ? "+" : "-", 1);
	if (part)
		buffer_append(&key->text, part, strlen(part) + 1);
	key->hash = hash_text(key->hash, part ? part : "");
}

static void add_headers(struct reply_key *key, const struct wire_request *wire, const char *name)
{
	char *list = wire_list(wire, name);

	add_part(key, list);
	/* a list that there was no memory for is not one that is not there */
	if (!list && wire_header(wire, name))
		key->text.error = -ENOMEM;
	free(list);
}

bool reply_key_read(struct reply_key *key, struct database *database,
		    const struct wire_request *wire)
{
	if (strcmp(wire->method, "GET") != 0 && strcmp(wire->method, "HEAD") != 0)
		return false;
	key->hash = HASH_START;
	add_part(key, wire->target);
	for (size_t i = 0; i < sizeof(varying_headers) / sizeof(varying_headers[0]); i++)
		add_headers(key, wire, varying_headers[i]);
	if (key->text.error || key->text.size > REPLY_CACHE_KEY_MAX)
		return false;
	return database_read_version(database, &key->version) == 0;
}

void reply_key_clear(struct reply_key *key)
{
	buffer_clear(&key->text);
}

static bool is_of_key(const struct reply_cache *cache, const struct kept_reply *kept,
		      const struct reply_key *key)
{
	return database_same_version(&cache->version, &key->version) &&
	       kept->key.size == key->text.size &&
	       memcmp(kept->key.bytes, key->text.bytes, key->text.size) == 0;
}

/* Copied under the lock: that takes less than to count who still reads it. */
bool reply_cache_find(struct reply_cache *cache, const struct reply_key *key, struct reply *reply)
{
	const struct kept_reply *kept;
	bool found;

	pthread_mutex_lock(&cache->mutex);
	kept = cache->slots[key->hash % REPLY_CACHE_SLOTS];
	found = kept && is_of_key(cache, kept, key) && reply_copy(&kept->reply, reply) == 0;
	pthread_mutex_unlock(&cache->mutex);
	return found;
}

static bool can_be_kept(const struct reply *reply)
{
	return (reply->status == 200 || reply->status == 304) && reply_find_header(reply, "ETag") &&
	       !reply->problem.status && !reply->stream.more && !reply->static_body &&
	       !reply->close && !reply->body.error && reply->body.size <= REPLY_CACHE_BODY_MAX;
}

/* NULL without memory for all of it. */
static struct kept_reply *copy_kept(const struct reply_key *key, const struct reply *reply)
{
	struct kept_reply *kept = calloc(1, sizeof(*kept));

	if (!kept)
		return NULL;
	buffer_append(&kept->key, key->text.bytes, key->text.size);
	if (!kept->key.error && reply_copy(reply, &kept->reply) == 0)
		return kept;
	free_kept(kept);
	return NULL;
}

void reply_cache_keep(struct reply_cache *cache, const struct reply_key *key,
		      const struct reply *reply)
{
	struct kept_reply **slot = &cache->slots[key->hash % REPLY_CACHE_SLOTS];
	struct kept_reply *kept = can_be_kept(reply) ? copy_kept(key, reply) : NULL;

	if (!kept)
		return;
	pthread_mutex_lock(&cache->mutex);
	if (!database_same_version(&cache->version, &key->version))
		free_slots(cache);
	cache->version = key->version;
	free_kept(*slot);
	*slot = kept;
	pthread_mutex_unlock(&cache->mutex);
}
