/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * json_body: reads the JSON object that a request carries, more strictly than
 * cJSON does: nothing behind it, no member twice, no unknown one, no NUL in a
 * text (which would end it early).
 */
#ifndef VMASCOPE_SERVER_JSON_BODY_H
#define VMASCOPE_SERVER_JSON_BODY_H

#include <cjson/cJSON.h>
#include <stddef.h>

#include "problem.h"

/*
 * 0 and the object, to be freed by cJSON_Delete(), or -EPROTO with a 400 that
 * names the place. names: the members there may be, ended by NULL.
 */
int json_body_read(const char *bytes, size_t size, const char *const *names, cJSON **ret_object,
		   struct problem *problem);

#endif
