/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * control_request: one line of the control protocol (control.h), read and
 * checked, and the lines that answer it.
 */
#ifndef VMASCOPE_COLLECTOR_CONTROL_REQUEST_H
#define VMASCOPE_COLLECTOR_CONTROL_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../schema/label.h"

#define CONTROL_DETAIL_SIZE 512
#define CONTROL_ANSWER_SIZE 1024

enum control_command {
	CONTROL_SNAPSHOT,
	CONTROL_LABEL,
	CONTROL_PIN,
	CONTROL_UNPIN,
	CONTROL_STATUS,
};

struct control_request {
	enum control_command command;
	int64_t snapshot; /* 0 where the command takes none */
	char label[LABEL_SIZE_MAX + 1]; /* "": none */
};

/* What a collector says of itself. */
struct control_status {
	uint64_t interval_ms;
	int64_t snapshot; /* newest of the database, 0: none */
	int64_t next_in_ms; /* -1: none is due */
	bool replaying;
};

/* Why something was not done, for the client. */
struct control_problem {
	int status; /* as of HTTP: 400, 404, 409, 500, 503 */
	char detail[CONTROL_DETAIL_SIZE]; /* a sentence */
};

/*
 * Reads a line (without its newline; need not be terminated). 0, or -EINVAL
 * with a problem: not one JSON object, a member that the command does not take
 * or that is missing, or a value of the wrong kind.
 */
int control_request_read(const char *line, size_t size, struct control_request *ret_request,
			 struct control_problem *problem);

/* Write an answer's line with its newline, terminated; return its size. */
size_t control_answer_done(char answer[CONTROL_ANSWER_SIZE], int64_t snapshot);
size_t control_answer_status(char answer[CONTROL_ANSWER_SIZE], const struct control_status *status);
size_t control_answer_problem(char answer[CONTROL_ANSWER_SIZE],
			      const struct control_problem *problem);

#endif
