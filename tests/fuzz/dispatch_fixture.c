/* SPDX-License-Identifier: GPL-2.0-only */
#include "dispatch_fixture.h"

#include <string.h>

#include "../unit/support/database.h"
#include "../unit/support/history.h"
#include "../unit/support/scratch.h"
#include "../unit/support/world.h"
#include "server/watch.h"

#define HEADERS_MAX 24
#define SNAPSHOTS 6

static char path[256];
static struct server server = {.collector = "/nonexistent/vmascope.db.socket"};

/* Some snapshots, the older half of which is deleted again. */
static void write_database(void)
{
	static const struct store_retention retention = {.keep_count = SNAPSHOTS};
	struct history *history = malloc(sizeof(*history));
	struct world *world = world_create(7);
	uint32_t pruned;

	REQUIRE(history);
	history_open(history, path);
	for (int i = 0; i < 2 * SNAPSHOTS; i++) {
		world_step(world);
		world_show(world, history_next(history));
		history_write(history, NULL);
	}
	REQUIRE(store_prune(history->store, &retention, 0, &pruned) == 0);
	REQUIRE(pruned == SNAPSHOTS);
	history_close(history);
	world_free(world);
	free(history);
}

void fixture_open(void)
{
	REQUIRE(scratch_setup(NULL) == 0);
	snprintf(path, sizeof(path), "%s", scratch_path("vmascope.db"));
	write_database();
	database_start(&server.database, path);
	REQUIRE(watch_start(&server.database, NULL, &server.watch) == 0);
	server.replies = reply_cache_new();
	REQUIRE(server.replies);
}

void fixture_close(void)
{
	watch_stop(server.watch);
	watch_free(&server.watch);
	reply_cache_free(&server.replies);
	database_stop(&server.database);
	scratch_teardown(NULL);
}

int64_t fixture_number(const char *sql)
{
	return database_number(path, sql);
}

/* A request; it points into its text. */
struct input {
	char text[FIXTURE_INPUT_MAX + 1];
	struct wire_header headers[HEADERS_MAX];
	struct wire_request wire;
};

/* Ends the word at the separator and returns what follows it, or the NUL. */
static char *cut(char *word, char separator)
{
	char *end = strchr(word, separator);

	if (!end)
		return word + strlen(word);
	*end = '\0';
	return end + 1;
}

/* A line ends with LF; a value may hold anything else, NUL included. */
static char *read_header(struct wire_header *header, char *at, char *end)
{
	char *line_end = memchr(at, '\n', (size_t)(end - at));
	char *next = line_end ? line_end + 1 : end;
	char *value;

	if (!line_end)
		line_end = end;
	*line_end = '\0';
	value = cut(at, ':');
	while (*value == ' ')
		value++;
	*header = (struct wire_header){
		.name = at,
		.value = value,
		.value_size = (size_t)(line_end - value),
	};
	return next;
}

static void read_input(struct input *input, const void *bytes, size_t size)
{
	char *at = input->text, *end = at + size, *line_end;
	size_t count = 0;

	memcpy(at, bytes, size);
	*end = '\0';
	line_end = memchr(at, '\n', size);
	at = line_end ? line_end + 1 : end;
	if (line_end)
		*line_end = '\0';
	input->wire.method = input->text;
	input->wire.target = cut(input->text, ' ');
	while (at < end && *at != '\n' && count < HEADERS_MAX)
		at = read_header(&input->headers[count++], at, end);
	input->wire.headers = input->headers;
	input->wire.header_count = count;
	/* behind an empty line, as the server hands it over */
	input->wire.body = at < end && *at == '\n' ? at + 1 : NULL;
	input->wire.body_size = input->wire.body ? (size_t)(end - at - 1) : 0;
}

void fixture_ask(const void *bytes, size_t size, struct reply *reply)
{
	static struct input input;

	REQUIRE(size <= FIXTURE_INPUT_MAX);
	read_input(&input, bytes, size);
	dispatch(&server, &input.wire, reply);
}
