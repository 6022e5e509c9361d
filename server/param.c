/* SPDX-License-Identifier: GPL-2.0-only */
#include "param.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "duration.h"
#include "rfc3339.h"

static bool read_integer(const char *text, int64_t *ret_value)
{
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	*ret_value = strtoll(text, &end, 10);
	return errno == 0 && *end == '\0';
}

static int check_integer(const struct param *param, const char *text, struct param_value *value,
			 struct problem *problem)
{
	if (read_integer(text, &value->integer) && value->integer >= param->min &&
	    value->integer <= param->max)
		return 0;
	return problem_set(problem, 400, "%s is an integer from %" PRId64 " to %" PRId64 "%s.",
			   param->name, param->min, param->max,
			   param->type == PARAM_SNAPSHOT_ID ? ", or latest" : "");
}

static int check_snapshot(const struct param *param, const char *text, struct param_value *value,
			  struct problem *problem)
{
	if (strcmp(text, "latest") == 0)
		return 0;
	return check_integer(param, text, value, problem);
}

static int check_text(const struct param *param, const char *text, struct param_value *value,
		      struct problem *problem)
{
	int64_t size = (int64_t)strlen(text);

	(void)value;
	if (size >= param->min && size <= param->max)
		return 0;
	return problem_set(problem, 400, "%s has %" PRId64 " to %" PRId64 " bytes.", param->name,
			   param->min, param->max);
}

static int check_time(const struct param *param, const char *text, struct param_value *value,
		      struct problem *problem)
{
	if (rfc3339_read(text, &value->integer))
		return 0;
	return problem_set(problem, 400, "%s is a time such as 2026-11-21T02:33:18Z (RFC 3339).",
			   param->name);
}

static int check_duration(const struct param *param, const char *text, struct param_value *value,
			  struct problem *problem)
{
	if (duration_read(text, &value->integer) == 0)
		return 0;
	return problem_set(problem, 400, "%s is a number and s, m, h or d, as 10s or 5m.",
			   param->name);
}

static int refuse_choice(const struct param *param, struct problem *problem)
{
	struct buffer list = {0};
	char *text;
	int rc;

	for (int64_t i = 0; param->choice(i); i++)
		buffer_format(&list, "%s%s", i ? ", " : "", param->choice(i));
	text = buffer_take_text(&list);
	rc = problem_set(problem, 400, "%s is one of %s%s.", param->name,
			 text ? text : "those in the documentation",
			 param->type == PARAM_SORT ? ", with - before it for downwards" : "");
	free(text);
	return rc;
}

static int check_choice(const struct param *param, const char *text, struct param_value *value,
			struct problem *problem)
{
	value->descending = param->type == PARAM_SORT && text[0] == '-';
	for (int64_t i = 0; param->choice(i); i++) {
		if (strcmp(param->choice(i), text + value->descending) != 0)
			continue;
		value->integer = i;
		return 0;
	}
	return refuse_choice(param, problem);
}

int param_read(enum param_id id, const char *text, struct param_value *ret_value,
	       struct problem *problem)
{
	static int (*const checks[])(const struct param *param, const char *text,
				     struct param_value *value, struct problem *problem) = {
		[PARAM_INTEGER] = check_integer,   [PARAM_SNAPSHOT_ID] = check_snapshot,
		[PARAM_TEXT] = check_text,	   [PARAM_TIME] = check_time,
		[PARAM_CHOICE] = check_choice,	   [PARAM_SORT] = check_choice,
		[PARAM_DURATION] = check_duration,
	};
	struct param_value value = {.text = text};
	int rc = checks[params[id].type](&params[id], text, &value, problem);

	if (rc == 0)
		*ret_value = value;
	return rc;
}

enum param_id param_find(const uint8_t *list, const char *name)
{
	while (*list != PARAM_NONE && strcmp(params[*list].name, name) != 0)
		list++;
	return (enum param_id) * list;
}
