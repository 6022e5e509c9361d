/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any request gets an answer that keeps the rules: never 500, no header that
 * another could be hidden in, JSON that parses and is valid UTF-8.
 */
#include <stdbool.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "dispatch_fixture.h"
#include "server/utf8.h"

/* of an endless or long body, what is looked at */
#define PIECES_MAX 8

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fixture_open();
	atexit(fixture_close);
	return 0;
}

static void check_headers(const struct reply *reply)
{
	for (size_t i = 0; i < reply->header_count; i++) {
		const struct reply_header *header = &reply->headers[i];

		REQUIRE(header->name[strcspn(header->name, "\r\n: ")] == '\0');
		REQUIRE(header->value[strcspn(header->value, "\r\n")] == '\0');
	}
}

static void check_json(const char *bytes, size_t size)
{
	const char *end = NULL;
	cJSON *json = cJSON_ParseWithLengthOpts(bytes, size, &end, false);

	REQUIRE(json);
	REQUIRE(end == bytes + size);
	cJSON_Delete(json);
}

static bool is_json(const struct reply *reply)
{
	const char *type = reply_find_header(reply, "Content-Type");

	return type && (strncmp(type, "application/json", 16) == 0 ||
			strcmp(type, "application/problem+json") == 0);
}

static void check_body(const struct reply *reply)
{
	if (!reply->body.size || reply_find_header(reply, "Content-Encoding"))
		return;
	REQUIRE(utf8_is_valid(reply->body.bytes, reply->body.size));
	if (is_json(reply))
		check_json(reply->body.bytes, reply->body.size);
}

static void check_stream(struct reply *reply)
{
	const char *type = reply_find_header(reply, "Content-Type");
	struct buffer buffer = {0};

	REQUIRE(type);
	if (strcmp(type, "text/event-stream") == 0)
		return; /* waits for snapshots that nobody takes */
	for (int i = 0; i < PIECES_MAX; i++) {
		buffer.size = 0;
		if (reply->stream.more(reply->stream.context, &buffer) != 1)
			break;
		REQUIRE(buffer.size);
	}
	buffer_clear(&buffer);
}

static void check(struct reply *reply)
{
	REQUIRE(reply->status >= 200 && reply->status < 600);
	REQUIRE(reply->status < 500 || reply->status == 503);
	REQUIRE(reply->status < 400 || reply->body.size);
	check_headers(reply);
	if (reply->stream.more)
		check_stream(reply);
	else
		check_body(reply);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reply reply = {0};

	if (size > FIXTURE_INPUT_MAX)
		return -1;
	fixture_ask(data, size, &reply);
	check(&reply);
	reply_clear(&reply);
	return 0;
}
