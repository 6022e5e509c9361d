/* SPDX-License-Identifier: GPL-2.0-only */
#include "openapi_param.h"

#include <string.h>

static void write_type(struct json_writer *json, const char *type)
{
	json_name_text(json, "type", type);
}

static void write_integer(struct json_writer *json, const struct param *param)
{
	write_type(json, "integer");
	json_name_integer(json, "minimum", param->min);
	/* what no double has room for is no bound to a reader of JSON */
	if (param->max != INT64_MAX)
		json_name_integer(json, "maximum", param->max);
}

static void write_snapshot(struct json_writer *json, const struct param *param)
{
	(void)param;
	json_name(json, "anyOf");
	json_raw(json, "[{\"type\":\"integer\",\"minimum\":1},{\"const\":\"latest\"}]");
}

static void write_text(struct json_writer *json, const struct param *param)
{
	write_type(json, "string");
	json_name_integer(json, "minLength", param->min);
	json_name_integer(json, "maxLength", param->max);
}

static void write_time(struct json_writer *json, const struct param *param)
{
	(void)param;
	write_type(json, "string");
	json_name_text(json, "format", "date-time");
}

static void write_duration(struct json_writer *json, const struct param *param)
{
	(void)param;
	write_type(json, "string");
	json_name_text(json, "pattern", "^[0-9]+[smhd]$");
}

static void write_choices(struct json_writer *json, const struct param *param)
{
	write_type(json, "string");
	json_name(json, "enum");
	json_begin_array(json);
	for (int64_t i = 0; param->choice(i); i++) {
		char downwards[64] = "-";

		json_text(json, param->choice(i), strlen(param->choice(i)));
		if (param->type != PARAM_SORT)
			continue;
		strncat(downwards, param->choice(i), sizeof(downwards) - 2);
		json_text(json, downwards, strlen(downwards));
	}
	json_end_array(json);
}

static void write_default(struct json_writer *json, const struct param *param)
{
	json_name(json, "default");
	if (param->type == PARAM_INTEGER)
		json_raw(json, param->fallback);
	else
		json_text(json, param->fallback, strlen(param->fallback));
}

static void write_schema(struct json_writer *json, const struct param *param)
{
	static void (*const writers[])(struct json_writer * json, const struct param *param) = {
		[PARAM_INTEGER] = write_integer,   [PARAM_SNAPSHOT_ID] = write_snapshot,
		[PARAM_TEXT] = write_text,	   [PARAM_TIME] = write_time,
		[PARAM_CHOICE] = write_choices,	   [PARAM_SORT] = write_choices,
		[PARAM_DURATION] = write_duration,
	};

	json_begin_object(json);
	writers[param->type](json, param);
	if (param->fallback)
		write_default(json, param);
	json_end_object(json);
}

void openapi_param_write(struct json_writer *json, const struct param *param, const char *in)
{
	json_begin_object(json);
	json_name_text(json, "name", param->name);
	json_name_text(json, "in", in);
	json_name_text(json, "description", param->description);
	if (strcmp(in, "path") == 0)
		json_name_boolean(json, "required", true);
	json_name(json, "schema");
	write_schema(json, param);
	json_end_object(json);
}
