/* SPDX-License-Identifier: GPL-2.0-only */
#include "documentation.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>

#include "documentation_index.h"
#include "documentation_page.h"
#include "gzip.h"
#include "hash.h"
#include "openapi.h"
#include "static_files.h"

/* One of them, made once and then only read. */
struct made {
	const char *name; /* tells the type */
	void (*write)(struct buffer *buffer);
	pthread_mutex_t lock;
	struct static_file file; /* without a name until it is made */
	struct buffer plain, compressed;
	char etag[24];
};

static struct made index_document = {
	.name = "index.json",
	.write = documentation_index_write,
	.lock = PTHREAD_MUTEX_INITIALIZER,
};

static struct made openapi_document = {
	.name = "openapi.json",
	.write = openapi_write,
	.lock = PTHREAD_MUTEX_INITIALIZER,
};

static struct made page_document = {
	.name = "page.html",
	.write = documentation_page_write,
	.lock = PTHREAD_MUTEX_INITIALIZER,
};

static uint64_t hash_bytes(const struct buffer *buffer)
{
	uint64_t hash = HASH_START;

	for (size_t i = 0; i < buffer->size; i++)
		hash = hash_integer(hash, (unsigned char)buffer->bytes[i]);
	return hash;
}

static int make(struct made *made)
{
	int rc;

	made->write(&made->plain);
	rc = made->plain.error;
	if (!rc)
		rc = gzip_buffer(made->plain.bytes, made->plain.size, &made->compressed);
	if (rc) {
		buffer_clear(&made->plain);
		buffer_clear(&made->compressed);
		return rc;
	}
	snprintf(made->etag, sizeof(made->etag), "\"%016" PRIx64 "\"", hash_bytes(&made->plain));
	made->file = (struct static_file){
		.name = made->name,
		.etag = made->etag,
		.bytes = (const unsigned char *)made->plain.bytes,
		.size = made->plain.size,
		.gzip_bytes = (const unsigned char *)made->compressed.bytes,
		.gzip_size = made->compressed.size,
	};
	return 0;
}

/* Without memory the next one who asks tries again. */
static int reply_made(struct made *made, const struct call *call, struct reply *reply)
{
	int rc = 0;

	pthread_mutex_lock(&made->lock);
	if (!made->file.name)
		rc = make(made);
	pthread_mutex_unlock(&made->lock);
	return rc ? rc : static_files_reply(&made->file, NULL, call->wire, reply);
}

int documentation_index(const struct call *call, struct reply *reply)
{
	reply_header(reply, "Link",
		     "<" DOCUMENTATION_OPENAPI ">; rel=\"service-desc\", <" DOCUMENTATION_PAGE
		     ">; rel=\"service-doc\"");
	return reply_made(&index_document, call, reply);
}

int documentation_openapi(const struct call *call, struct reply *reply)
{
	return reply_made(&openapi_document, call, reply);
}

int documentation_page(const struct call *call, struct reply *reply)
{
	return reply_made(&page_document, call, reply);
}
