/* SPDX-License-Identifier: GPL-2.0-only */
#include "problem.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "json_document.h"

static const struct {
	int status;
	const char *title;
} titles[] = {
	{400, "Bad Request"},
	{401, "Unauthorized"},
	{403, "Forbidden"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{406, "Not Acceptable"},
	{409, "Conflict"},
	{410, "Gone"},
	{411, "Length Required"},
	{413, "Content Too Large"},
	{415, "Unsupported Media Type"},
	{421, "Misdirected Request"},
	{422, "Unprocessable Content"},
	{500, "Internal Server Error"},
	{503, "Service Unavailable"},
	{504, "Gateway Timeout"},
};

static const struct {
	int error;
	int status;
	const char *detail;
} errors[] = {
	{EBUSY, 503, "The database is busy; ask again."},
	{ETIMEDOUT, 503,
	 "The query took longer than the server allows one (--query-timeout); ask for less: a "
	 "smaller limit, a narrower filter, a shorter time, one process or one tree."},
	{ENOMEM, 503, "The server is out of memory; ask for less with limit, or later."},
	{EUCLEAN, 503, "The database is damaged; run vmascope-collector with another --db."},
	{EBADMSG, 503, "The database holds a row that is not as vmascope writes it."},
	{EIO, 503, "The database cannot be read."},
};

int problem_set(struct problem *problem, int status, const char *format, ...)
{
	va_list arguments;

	problem->status = status;
	va_start(arguments, format);
	vsnprintf(problem->detail, sizeof(problem->detail), format, arguments);
	va_end(arguments);
	return -EPROTO;
}

void problem_from_errno(struct problem *problem, int error)
{
	if (problem->status)
		return;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (errors[i].error != -error)
			continue;
		problem_set(problem, errors[i].status, "%s", errors[i].detail);
		return;
	}
	problem_set(problem, 500, "The server failed: %s.", strerror(-error));
}

const char *problem_title(int status)
{
	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		if (titles[i].status == status)
			return titles[i].title;
	return "Error";
}

int problem_write(const struct problem *problem, struct buffer *buffer)
{
	struct json_document document;

	json_document_start(&document);
	json_document_add(&document, "type", cJSON_CreateStringReference("about:blank"));
	json_document_add(&document, "title",
			  cJSON_CreateStringReference(problem_title(problem->status)));
	json_document_add(&document, "status", cJSON_CreateNumber(problem->status));
	json_document_add(&document, "detail", json_document_text(problem->detail));
	return json_document_finish(&document, buffer);
}
