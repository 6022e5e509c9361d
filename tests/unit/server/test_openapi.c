/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/openapi.h"

#include <ctype.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cjson/cJSON.h>

#include "server/route.h"

static cJSON *document;

static int make_document(void **state)
{
	struct buffer buffer = {0};

	(void)state;
	openapi_write(&buffer);
	assert_int_equal(buffer.error, 0);
	document = cJSON_ParseWithLength(buffer.bytes, buffer.size);
	buffer_clear(&buffer);
	return document ? 0 : -1;
}

static int free_document(void **state)
{
	(void)state;
	cJSON_Delete(document);
	return 0;
}

static const cJSON *at(const cJSON *object, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

	if (!item)
		fail_msg("there is no %s", name);
	return item;
}

static const char *text_at(const cJSON *object, const char *name)
{
	return cJSON_GetStringValue(at(object, name));
}

static const cJSON *operation_of(const struct route *route)
{
	char method[16] = "";

	for (size_t i = 0; route->method[i]; i++)
		method[i] = (char)tolower((unsigned char)route->method[i]);
	return at(at(at(document, "paths"), route->path), method);
}

/* The document has what the table has, and no more. */
static void every_route_is_an_operation(void **state)
{
	const cJSON *path;
	int rows = 0, operations = 0;

	(void)state;
	for (const struct route *route = routes; route->method; route++, rows++)
		assert_string_equal(text_at(operation_of(route), "summary"), route->summary);
	cJSON_ArrayForEach(path, at(document, "paths")) operations += cJSON_GetArraySize(path);
	assert_int_equal(operations, rows);
}

static void check_choices(const struct param *param, const cJSON *schema)
{
	const cJSON *choices = at(schema, "enum");
	int each = param->type == PARAM_SORT ? 2 : 1;
	int count = 0;

	for (int64_t i = 0; param->choice(i); i++, count++)
		assert_string_equal(cJSON_GetStringValue(cJSON_GetArrayItem(choices, count * each)),
				    param->choice(i));
	assert_int_equal(cJSON_GetArraySize(choices), count * each);
}

static void check_bounds(const struct param *param, const cJSON *schema, const char *min,
			 const char *max)
{
	assert_true(at(schema, min)->valuedouble == (double)param->min);
	if (param->max != INT64_MAX)
		assert_true(at(schema, max)->valuedouble == (double)param->max);
}

static void check_default(const struct param *param, const cJSON *schema)
{
	const cJSON *value = cJSON_GetObjectItemCaseSensitive(schema, "default");
	char number[24];

	assert_int_equal(value != NULL, param->fallback != NULL);
	if (!value)
		return;
	snprintf(number, sizeof(number), "%" PRId64, (int64_t)value->valuedouble);
	assert_string_equal(cJSON_IsNumber(value) ? number : cJSON_GetStringValue(value),
			    param->fallback);
}

static void check_param(const struct param *param, const cJSON *described, const char *in)
{
	const cJSON *schema = at(described, "schema");

	assert_string_equal(text_at(described, "name"), param->name);
	assert_string_equal(text_at(described, "in"), in);
	assert_string_equal(text_at(described, "description"), param->description);
	if (param->choice)
		check_choices(param, schema);
	if (param->type == PARAM_INTEGER)
		check_bounds(param, schema, "minimum", "maximum");
	if (param->type == PARAM_TEXT)
		check_bounds(param, schema, "minLength", "maxLength");
	check_default(param, schema);
}

static void every_parameter_is_described(void **state)
{
	(void)state;
	for (const struct route *route = routes; route->method; route++) {
		const cJSON *described = at(operation_of(route), "parameters")->child;

		for (const uint8_t *id = route->in_path; *id != PARAM_NONE; id++) {
			assert_non_null(described);
			check_param(&params[*id], described, "path");
			described = described->next;
		}
		for (const uint8_t *id = route->query; *id != PARAM_NONE; id++) {
			assert_non_null(described);
			check_param(&params[*id], described, "query");
			described = described->next;
		}
		assert_null(described);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_route_is_an_operation),
		cmocka_unit_test(every_parameter_is_described),
	};

	return cmocka_run_group_tests(tests, make_document, free_document);
}
