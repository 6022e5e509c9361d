/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * openapi_param: parameters as OpenAPI describes them.
 */
#ifndef VMASCOPE_SERVER_OPENAPI_PARAM_H
#define VMASCOPE_SERVER_OPENAPI_PARAM_H

#include "json_writer.h"
#include "param.h"

/* One Parameter Object; in: "path" or "query". */
void openapi_param_write(struct json_writer *json, const struct param *param, const char *in);

#endif
