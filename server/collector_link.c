/* SPDX-License-Identifier: GPL-2.0-only */
#include "collector_link.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "json_document.h"
#include "schema/clock.h"
#include "schema/unix_socket.h"

/* A walk of a large machine takes seconds, and another order may be before. */
#define ORDER_TIMEOUT_MS 30000u
#define ANSWER_MAX 4096

static int64_t now_ms(void)
{
	return (int64_t)(clock_ns(CLOCK_MONOTONIC) / 1000000);
}

/* The answer's line without its newline, into a text of ANSWER_MAX bytes. */
static int receive_line(int fd, int64_t deadline_ms, char *text)
{
	size_t size = 0;

	for (;;) {
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		int64_t left = deadline_ms - now_ms();
		ssize_t got;

		if (left <= 0 || poll(&ready, 1, (int)left) == 0)
			return -ETIMEDOUT;
		got = recv(fd, text + size, ANSWER_MAX - 1 - size, MSG_DONTWAIT);
		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (got <= 0)
			return got < 0 ? -errno : -ECONNRESET;
		size += (size_t)got;
		text[size] = '\0';
		if (strlen(text) != size)
			return -EBADMSG; /* a NUL: no text, and its end may never be found */
		if (strchr(text, '\n')) {
			*strchr(text, '\n') = '\0';
			return 0;
		}
		if (size == ANSWER_MAX - 1)
			return -EBADMSG;
	}
}

static int exchange_lines(int fd, const char *line, unsigned int timeout_ms, char *answer)
{
	int64_t deadline_ms = now_ms() + timeout_ms;
	size_t size = strlen(line);

	/* a line fits the socket's buffer, which is empty: it goes at once or not */
	if (send(fd, line, size, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)size)
		return -ECONNRESET;
	return receive_line(fd, deadline_ms, answer);
}

/* The collector's answer to a line, to be freed by cJSON_Delete(). */
static int ask(const char *path, const char *line, unsigned int timeout_ms, cJSON **ret_answer)
{
	char text[ANSWER_MAX];
	cJSON *answer;
	int fd;
	int rc = unix_socket_connect(path, &fd);

	if (rc)
		return rc;
	rc = exchange_lines(fd, line, timeout_ms, text);
	close(fd);
	if (rc)
		return rc;
	answer = cJSON_ParseWithOpts(text, NULL, true);
	if (cJSON_IsObject(answer)) {
		*ret_answer = answer;
		return 0;
	}
	cJSON_Delete(answer);
	return -EBADMSG;
}

/* 0 for anything else than a whole number that a double holds exactly. */
static int64_t integer_of(const cJSON *object, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
	double value = cJSON_IsNumber(item) ? item->valuedouble : 0;

	if (!(value >= -9007199254740992.0 && value <= 9007199254740992.0))
		return 0;
	return (double)(int64_t)value == value ? (int64_t)value : 0;
}

static const char *text_of(const cJSON *object, const char *name)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));

	return text ? text : "";
}

static void read_status(const cJSON *answer, struct collector_status *status)
{
	const cJSON *due = cJSON_GetObjectItemCaseSensitive(answer, "next_in_ms");

	*status = (struct collector_status){
		.answered = true,
		.replaying = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(answer, "replaying")),
		.pid = integer_of(answer, "pid"),
		.snapshot = integer_of(answer, "snapshot"),
		.interval_ms = integer_of(answer, "interval_ms"),
		.next_in_ms = cJSON_IsNumber(due) ? integer_of(answer, "next_in_ms") : -1,
	};
	snprintf(status->version, sizeof(status->version), "%s", text_of(answer, "version"));
}

int collector_link_status(const char *socket_path, unsigned int timeout_ms,
			  struct collector_status *ret_status)
{
	cJSON *answer = NULL;
	int rc = ask(socket_path, "{\"command\":\"status\"}\n", timeout_ms, &answer);

	if (rc == -ECONNREFUSED || rc == -ENOTDIR)
		return -ENOENT;
	/* it is there: the kernel took the connection, or has too many for it */
	if (rc == -ETIMEDOUT || rc == -EAGAIN || rc == -ECONNRESET) {
		*ret_status = (struct collector_status){.answered = false, .next_in_ms = -1};
		return 0;
	}
	if (rc)
		return rc;
	read_status(answer, ret_status);
	cJSON_Delete(answer);
	return 0;
}

static int explain(const char *path, int error, struct problem *problem)
{
	switch (error) {
	case -ENOENT:
	case -ENOTDIR:
	case -ECONNREFUSED:
		return problem_set(problem, 503,
				   "No collector runs for this database (nobody answers on %s): "
				   "start vmascope-collector with the same --db.",
				   path);
	case -EACCES:
		return problem_set(problem, 503,
				   "The server may not open the collector's socket %s: run it as a "
				   "user of the group of that file.",
				   path);
	case -ETIMEDOUT:
		return problem_set(problem, 504,
				   "The collector did not answer within %u s and may still do it; "
				   "look at /api/v1/snapshots before asking again.",
				   ORDER_TIMEOUT_MS / 1000);
	case -EAGAIN:
	case -ECONNRESET:
		return problem_set(problem, 503,
				   "The collector has too much to do, or just ended; ask again.");
	case -EBADMSG:
		return problem_set(problem, 503,
				   "What answers on %s does not answer as a collector does: start "
				   "vmascope-collector of this version with the same --db.",
				   path);
	default:
		return problem_set(problem, 503, "The collector cannot be asked on %s: %s.", path,
				   strerror(-error));
	}
}

/* What a collector refuses with; see collector/control.h. */
static bool is_refusal(int64_t status)
{
	return status == 400 || status == 404 || status == 409 || status == 500 || status == 503;
}

static int refused(const cJSON *answer, struct problem *problem)
{
	const char *detail = text_of(answer, "detail");
	int64_t status = integer_of(answer, "status");

	if (!cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(answer, "ok")) || !*detail ||
	    !is_refusal(status))
		return -EBADMSG;
	/* that it failed is no fault of this server's */
	return problem_set(problem, status == 500 ? 503 : (int)status, "%s", detail);
}

/* Ids are from 1 on. */
static int read_answer(const cJSON *answer, int64_t *ret_snapshot, struct problem *problem)
{
	int64_t snapshot = integer_of(answer, "snapshot");

	if (!cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(answer, "ok")))
		return refused(answer, problem);
	if (snapshot < 1)
		return -EBADMSG;
	*ret_snapshot = snapshot;
	return 0;
}

/* Takes the order's document. */
static int order(const char *path, struct json_document *document, int64_t *ret_snapshot,
		 struct problem *problem)
{
	struct buffer buffer = {0};
	cJSON *answer = NULL;
	char *line;
	int rc;

	if (json_document_finish(document, &buffer) == 0)
		buffer_text(&buffer, "\n");
	line = buffer_take_text(&buffer);
	if (!line)
		return -ENOMEM;
	rc = ask(path, line, ORDER_TIMEOUT_MS, &answer);
	free(line);
	if (!rc)
		rc = read_answer(answer, ret_snapshot, problem);
	cJSON_Delete(answer);
	return rc && rc != -EPROTO ? explain(path, rc, problem) : rc;
}

static void start(struct json_document *document, const char *command)
{
	json_document_start(document);
	json_document_add(document, "command", cJSON_CreateStringReference(command));
}

static void add_label(struct json_document *document, const char *label)
{
	json_document_add(document, "label",
			  label ? json_document_text(label) : cJSON_CreateNull());
}

static void add_snapshot(struct json_document *document, int64_t snapshot)
{
	char digits[24];

	/* printed by us: cJSON would go through a double */
	snprintf(digits, sizeof(digits), "%" PRId64, snapshot);
	json_document_add(document, "snapshot", cJSON_CreateRaw(digits));
}

int collector_link_take(const char *socket_path, const char *label, int64_t *ret_snapshot,
			struct problem *problem)
{
	struct json_document document;

	start(&document, "snapshot");
	add_label(&document, label);
	return order(socket_path, &document, ret_snapshot, problem);
}

int collector_link_label(const char *socket_path, int64_t snapshot, const char *label,
			 struct problem *problem)
{
	struct json_document document;

	start(&document, "label");
	add_snapshot(&document, snapshot);
	add_label(&document, label);
	return order(socket_path, &document, &snapshot, problem);
}

int collector_link_pin(const char *socket_path, int64_t snapshot, bool pinned,
		       struct problem *problem)
{
	struct json_document document;

	start(&document, pinned ? "pin" : "unpin");
	add_snapshot(&document, snapshot);
	return order(socket_path, &document, &snapshot, problem);
}
