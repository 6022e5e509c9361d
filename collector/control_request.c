/* SPDX-License-Identifier: GPL-2.0-only */
#include "control_request.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SNAPSHOT_MAX 9007199254740992.0 /* what a double, hence cJSON, holds */

static const struct command_row {
	const char *name;
	bool takes_snapshot; /* and needs it */
	bool takes_label;
	bool needs_label;
} commands[] = {
	[CONTROL_SNAPSHOT] = {.name = "snapshot", .takes_label = true},
	[CONTROL_LABEL] = {.name = "label",
			   .takes_snapshot = true,
			   .takes_label = true,
			   .needs_label = true},
	[CONTROL_PIN] = {.name = "pin", .takes_snapshot = true},
	[CONTROL_UNPIN] = {.name = "unpin", .takes_snapshot = true},
	[CONTROL_STATUS] = {.name = "status"},
};
#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static int refuse(struct control_problem *problem, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int refuse(struct control_problem *problem, const char *format, ...)
{
	va_list arguments;

	problem->status = 400;
	va_start(arguments, format);
	vsnprintf(problem->detail, sizeof(problem->detail), format, arguments);
	va_end(arguments);
	return -EINVAL;
}

static int read_command(const cJSON *object, enum control_command *command,
			struct control_problem *problem)
{
	const char *name =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, "command"));

	for (size_t i = 0; name && i < COMMAND_COUNT; i++) {
		if (strcmp(commands[i].name, name) != 0)
			continue;
		*command = (enum control_command)i;
		return 0;
	}
	return refuse(problem, "command is one of snapshot, label, pin, unpin, status.");
}

static int check_members(const cJSON *object, const struct command_row *row,
			 struct control_problem *problem)
{
	const cJSON *item;
	unsigned int commands_seen = 0, snapshots = 0, labels = 0;

	cJSON_ArrayForEach(item, object)
	{
		if (strcmp(item->string, "command") == 0)
			commands_seen++;
		else if (row->takes_snapshot && strcmp(item->string, "snapshot") == 0)
			snapshots++;
		else if (row->takes_label && strcmp(item->string, "label") == 0)
			labels++;
		else
			return refuse(problem, "The command %s takes %s.", row->name,
				      row->takes_snapshot ?
					      row->takes_label ? "snapshot, label" : "snapshot" :
				      row->takes_label ? "label" :
							 "nothing else");
	}
	if (commands_seen > 1 || snapshots > 1 || labels > 1)
		return refuse(problem, "A member is there twice.");
	if (row->takes_snapshot && !snapshots)
		return refuse(problem, "The command %s needs the snapshot.", row->name);
	if (row->needs_label && !labels)
		return refuse(problem, "The command %s needs the label, or null.", row->name);
	return 0;
}

static int read_snapshot(const cJSON *item, int64_t *ret_snapshot, struct control_problem *problem)
{
	if (!item)
		return 0;
	if (!cJSON_IsNumber(item) || !(item->valuedouble >= 1) ||
	    !(item->valuedouble <= SNAPSHOT_MAX) ||
	    (double)(int64_t)item->valuedouble != item->valuedouble)
		return refuse(problem, "snapshot is the id of one, a whole number from 1 on.");
	*ret_snapshot = (int64_t)item->valuedouble;
	return 0;
}

static int read_label(const cJSON *item, char *label, struct control_problem *problem)
{
	const char *text = cJSON_GetStringValue(item);
	const char *wrong;

	if (!item || cJSON_IsNull(item))
		return 0;
	if (!text)
		return refuse(problem, "label is a text or null.");
	wrong = label_refuse(text, strlen(text));
	if (wrong)
		return refuse(problem, "The label is refused: %s.", wrong);
	snprintf(label, LABEL_SIZE_MAX + 1, "%s", text);
	return 0;
}

static int read_object(const cJSON *object, struct control_request *request,
		       struct control_problem *problem)
{
	int rc = read_command(object, &request->command, problem);

	if (!rc)
		rc = check_members(object, &commands[request->command], problem);
	if (!rc)
		rc = read_snapshot(cJSON_GetObjectItemCaseSensitive(object, "snapshot"),
				   &request->snapshot, problem);
	if (!rc)
		rc = read_label(cJSON_GetObjectItemCaseSensitive(object, "label"), request->label,
				problem);
	return rc;
}

/* cJSON lets what is behind the object pass, and ends a text at an escaped NUL,
 * so that what follows would go unseen. */
static cJSON *parse(const char *line, size_t size)
{
	const char *end = NULL;
	cJSON *object;

	if (memchr(line, '\0', size) || memmem(line, size, "\\u0000", 6))
		return NULL;
	object = cJSON_ParseWithLengthOpts(line, size, &end, false);
	while (object && end < line + size && strchr(" \t\r", *end))
		end++;
	if (object && cJSON_IsObject(object) && end == line + size)
		return object;
	cJSON_Delete(object);
	return NULL;
}

int control_request_read(const char *line, size_t size, struct control_request *ret_request,
			 struct control_problem *problem)
{
	struct control_request request = {.command = CONTROL_STATUS};
	cJSON *object = parse(line, size);
	int rc;

	if (!object)
		return refuse(problem, "A line is one JSON object, as {\"command\":\"status\"}.");
	rc = read_object(object, &request, problem);
	cJSON_Delete(object);
	if (!rc)
		*ret_request = request;
	return rc;
}

/* Never more than the room, whatever it is given. */
static size_t print(char *answer, const char *format, ...) __attribute__((format(printf, 2, 3)));

static size_t print(char *answer, const char *format, ...)
{
	va_list arguments;
	int size;

	va_start(arguments, format);
	size = vsnprintf(answer, CONTROL_ANSWER_SIZE, format, arguments);
	va_end(arguments);
	if (size < 0 || size >= CONTROL_ANSWER_SIZE)
		size = snprintf(answer, CONTROL_ANSWER_SIZE,
				"{\"ok\":false,\"status\":500,\"detail\":\"The answer is too "
				"long.\"}\n");
	return (size_t)size;
}

size_t control_answer_done(char answer[CONTROL_ANSWER_SIZE], int64_t snapshot)
{
	return print(answer, "{\"ok\":true,\"snapshot\":%" PRId64 "}\n", snapshot);
}

size_t control_answer_status(char answer[CONTROL_ANSWER_SIZE], const struct control_status *status)
{
	char due[24] = "null";
	char snapshot[24] = "null";

	if (status->next_in_ms >= 0)
		snprintf(due, sizeof(due), "%" PRId64, status->next_in_ms);
	if (status->snapshot)
		snprintf(snapshot, sizeof(snapshot), "%" PRId64, status->snapshot);
	return print(answer,
		     "{\"ok\":true,\"version\":\"" VMASCOPE_VERSION "\",\"pid\":%d,"
		     "\"replaying\":%s,\"interval_ms\":%" PRIu64 ",\"snapshot\":%s,"
		     "\"next_in_ms\":%s}\n",
		     (int)getpid(), status->replaying ? "true" : "false", status->interval_ms,
		     snapshot, due);
}

size_t control_answer_problem(char answer[CONTROL_ANSWER_SIZE],
			      const struct control_problem *problem)
{
	cJSON *text = cJSON_CreateStringReference(problem->detail);
	char *detail = cJSON_PrintUnformatted(text);
	size_t size = print(answer, "{\"ok\":false,\"status\":%d,\"detail\":%s}\n", problem->status,
			    detail ? detail : "\"Out of memory.\"");

	cJSON_free(detail);
	cJSON_Delete(text);
	return size;
}
