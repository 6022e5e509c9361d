/* SPDX-License-Identifier: GPL-2.0-only */
#include "json_body.h"

#include <string.h>

#include "utf8.h"

static int not_json(const char *bytes, const char *at, struct problem *problem)
{
	return problem_set(problem, 400, "The body is not one JSON object: see byte %zu of it.",
			   (size_t)(at - bytes) + 1);
}

/* The first byte at which it stops to be UTF-8 text without NUL, or NULL. */
static const char *find_bad_byte(const char *bytes, size_t size)
{
	bool valid = true;

	for (size_t at = 0; at < size; at += utf8_character(bytes + at, size - at, &valid)) {
		const char *escape = "\\u0000";

		if (bytes[at] == '\0' || (size - at >= strlen(escape) &&
					  memcmp(bytes + at, escape, strlen(escape)) == 0))
			return bytes + at;
		if (utf8_character(bytes + at, size - at, &valid) && !valid)
			return bytes + at;
	}
	return NULL;
}

static int parse(const char *bytes, size_t size, cJSON **ret_object, struct problem *problem)
{
	const char *end = find_bad_byte(bytes, size);
	cJSON *object;

	if (end)
		return not_json(bytes, end, problem);
	end = bytes;
	object = cJSON_ParseWithLengthOpts(bytes, size, &end, false);
	while (object && end < bytes + size && strchr(" \t\r\n", *end))
		end++;
	if (object && cJSON_IsObject(object) && end == bytes + size) {
		*ret_object = object;
		return 0;
	}
	if (object && !cJSON_IsObject(object))
		end = bytes;
	cJSON_Delete(object);
	return not_json(bytes, end, problem);
}

static int check_name(const cJSON *object, const cJSON *item, const char *const *names,
		      struct problem *problem)
{
	size_t i = 0;

	while (names[i] && strcmp(names[i], item->string) != 0)
		i++;
	if (!names[i])
		return problem_set(problem, 400,
				   "The body has a member \"%.64s\", which is not known here.",
				   item->string);
	if (cJSON_GetObjectItemCaseSensitive(object, names[i]) != item)
		return problem_set(problem, 400, "The body has the member \"%s\" twice.", names[i]);
	return 0;
}

int json_body_read(const char *bytes, size_t size, const char *const *names, cJSON **ret_object,
		   struct problem *problem)
{
	const cJSON *item;
	cJSON *object = NULL;
	int rc = parse(bytes, size, &object, problem);

	if (rc)
		return rc;
	cJSON_ArrayForEach(item, object)
	{
		rc = check_name(object, item, names, problem);
		if (rc)
			break;
	}
	if (rc)
		cJSON_Delete(object);
	else
		*ret_object = object;
	return rc;
}
