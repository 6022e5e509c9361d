/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reply_cache: replies that need not be made again.
 *
 * A reply with an entity tag is made of the request and of the database alone. It
 * is kept together with the version of the database that it was made of, and is
 * the answer to the same request for as long as the database has that version:
 * any commit, whatever it changed, and any other file of the same name end that.
 * So nothing has to be known here about what a reply depends on.
 *
 * Memory is bounded: each slot holds one reply of bounded size, a reply takes the
 * place of the one that its slot held, and the first of a version that of all.
 */
#ifndef VMASCOPE_SERVER_REPLY_CACHE_H
#define VMASCOPE_SERVER_REPLY_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"
#include "database.h"
#include "reply.h"
#include "wire.h"

#define REPLY_CACHE_SLOTS 256u
#define REPLY_CACHE_BODY_MAX (64u << 10)
#define REPLY_CACHE_KEY_MAX 1024u

struct reply_cache;

/* Which reply: of what, and asked how. All zero bytes is none. */
struct reply_key {
	struct database_version version;
	struct buffer text; /* the target and the headers that a reply may vary by */
	uint64_t hash; /* of the text */
};

/* NULL without memory. */
struct reply_cache *reply_cache_new(void);
void reply_cache_free(struct reply_cache **cache);

/* Of a request for what the database has in its present version. False where no
 * reply to it is kept, or nobody can tell the version. To be cleared. */
bool reply_key_read(struct reply_key *key, struct database *database,
		    const struct wire_request *wire);
void reply_key_clear(struct reply_key *key);

/* Fills an empty reply, which is complete then. Thread-safe. */
bool reply_cache_find(struct reply_cache *cache, const struct reply_key *key, struct reply *reply);
/* Keeps a copy of a complete reply, if it is one that can be kept. It must have
 * been made of the version of the key. Thread-safe. */
void reply_cache_keep(struct reply_cache *cache, const struct reply_key *key,
		      const struct reply *reply);

#endif
