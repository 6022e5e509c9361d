/* SPDX-License-Identifier: GPL-2.0-only */
#include "content_coding.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "accept.h"
#include "etag.h"
#include "gzip.h"

#define TAG_SIZE 64
/* Below it a packet or two are saved at most. */
#define WORTH_IT 1024u

static const char *const text_types[] = {
	"application/json",
	"application/x-ndjson",
	"application/problem+json",
	"image/svg+xml",
};

static bool is_text(const char *content_type)
{
	if (!content_type)
		return false;
	/* a stream of events is sent as they come, not as blocks fill */
	if (strncmp(content_type, "text/", 5) == 0)
		return strncmp(content_type, "text/event-stream", 17) != 0;
	for (size_t i = 0; i < sizeof(text_types) / sizeof(text_types[0]); i++)
		if (strcmp(content_type, text_types[i]) == 0)
			return true;
	return false;
}

bool content_coding_accepts_gzip(const struct wire_request *wire)
{
	char *header = wire_list(wire, "Accept-Encoding");
	bool accepts = header && accept_quality(header, "gzip") > 0;

	free(header);
	return accepts;
}

/* "tag" becomes "tag-gzip"; false for what is no strong tag of ours. */
static bool compressed_tag(const char *tag, char ret_tag[TAG_SIZE])
{
	size_t size = tag ? strlen(tag) : 0;

	if (size < 2 || size + 6 > TAG_SIZE || tag[0] != '"')
		return false;
	snprintf(ret_tag, TAG_SIZE, "%.*s-gzip\"", (int)size - 1, tag);
	return true;
}

static bool client_has(const struct wire_request *wire, const char *wanted, struct reply *reply)
{
	const char *tag = reply_find_header(reply, "ETag");
	char other[TAG_SIZE];

	if (!tag)
		return false;
	if (etag_matches(wanted, tag))
		return true;
	if (!content_coding_accepts_gzip(wire) || !compressed_tag(tag, other) ||
	    !etag_matches(wanted, other))
		return false;
	reply_header(reply, "ETag", "%s", other);
	return true;
}

bool content_coding_client_has(const struct wire_request *wire, struct reply *reply)
{
	char *wanted = wire_list(wire, "If-None-Match");
	bool has = wanted && client_has(wire, wanted, reply);

	free(wanted);
	return has;
}

void content_coding_mark(struct reply *reply)
{
	char tag[TAG_SIZE];

	reply_header(reply, "Content-Encoding", "gzip");
	if (compressed_tag(reply_find_header(reply, "ETag"), tag))
		reply_header(reply, "ETag", "%s", tag);
}

static void add_vary(struct reply *reply)
{
	const char *vary = reply_find_header(reply, "Vary");
	char both[128];

	snprintf(both, sizeof(both), "%s%sAccept-Encoding", vary ? vary : "", vary ? ", " : "");
	reply_header(reply, "Vary", "%s", both);
}

static int compress_body(struct reply *reply)
{
	struct buffer compressed = {0};
	int rc = gzip_buffer(reply->body.bytes, reply->body.size, &compressed);

	if (rc) {
		buffer_clear(&compressed);
		return rc;
	}
	buffer_clear(&reply->body);
	reply->body = compressed;
	return 0;
}

void content_coding_apply(const struct wire_request *wire, struct reply *reply)
{
	/* 304 stands for a reply with a body of a type that is not known here */
	if (!is_text(reply_find_header(reply, "Content-Type")) && reply->status != 304)
		return;
	add_vary(reply);
	if (reply->static_body || reply_find_header(reply, "Content-Encoding") ||
	    !content_coding_accepts_gzip(wire))
		return;
	if (reply->stream.more ? gzip_stream(reply) == 0 :
				 reply->body.size > WORTH_IT && compress_body(reply) == 0)
		content_coding_mark(reply);
}
