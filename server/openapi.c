/* SPDX-License-Identifier: GPL-2.0-only */
#include "openapi.h"

#include <ctype.h>
#include <string.h>

#include "json_writer.h"
#include "openapi_example.h"
#include "openapi_param.h"
#include "openapi_response.h"
#include "openapi_schema.h"
#include "route.h"

#define DESCRIPTION                                                                         \
	"vmascope shows the anon_vma hierarchies of a Linux kernel, snapshot by snapshot. " \
	"What GET answers HEAD answers without its body, and OPTIONS says what a path "     \
	"takes. Answers are compressed for who accepts gzip. Whatever is refused is "       \
	"refused as application/problem+json. Sizes are slab object sizes of the walked "   \
	"kernel; 64-bit values are strings."

static void write_info(struct json_writer *json)
{
	json_name_text(json, "openapi", "3.1.0");
	json_name(json, "info");
	json_begin_object(json);
	json_name_text(json, "title", "vmascope");
	json_name_text(json, "version", VMASCOPE_VERSION);
	json_name_text(json, "description", DESCRIPTION);
	json_name(json, "license");
	json_raw(json, "{\"name\":\"GPL-2.0-only\",\"identifier\":\"GPL-2.0-only\"}");
	json_end_object(json);
	json_name(json, "servers");
	json_raw(json, "[{\"url\":\"/\"}]");
}

/* "get_api_v1_snapshots_snapshot_trees": the method and the words of the path. */
static void write_operation_id(struct json_writer *json, const struct route *route)
{
	char id[160];
	size_t size = 0;

	for (const char *at = route->method; *at; at++)
		id[size++] = (char)tolower((unsigned char)*at);
	for (const char *at = route->path; *at && size < sizeof(id) - 2; at++) {
		bool word = isalnum((unsigned char)*at);

		if (word && !isalnum((unsigned char)at[-1]) && at[-1] != '_')
			id[size++] = '_';
		if (word || *at == '_')
			id[size++] = *at;
	}
	json_name(json, "operationId");
	json_text(json, id, size);
}

static void write_params(struct json_writer *json, const uint8_t *list, const char *in)
{
	for (; *list != PARAM_NONE; list++)
		openapi_param_write(json, &params[*list], in);
}

/* A token is needed where the server was given any. */
static void write_security(struct json_writer *json, const struct route *route)
{
	json_name(json, "security");
	json_raw(json, route->open ? "[]" : "[{},{\"bearer\":[]}]");
}

static void write_body(struct json_writer *json, const struct route *route)
{
	json_name(json, "requestBody");
	json_begin_object(json);
	json_name_boolean(json, "required", true);
	json_name(json, "content");
	json_begin_object(json);
	json_name(json, "application/json");
	json_begin_object(json);
	json_name(json, "schema");
	openapi_schema_object(json, route->body);
	json_name(json, "example");
	openapi_example_body(json, route->body);
	json_end_object(json);
	json_end_object(json);
	json_end_object(json);
}

static void write_operation(struct json_writer *json, const struct route *route)
{
	char method[16];
	size_t size = strlen(route->method);

	for (size_t i = 0; i <= size; i++)
		method[i] = (char)tolower((unsigned char)route->method[i]);
	json_name(json, method);
	json_begin_object(json);
	write_operation_id(json, route);
	json_name_text(json, "summary", route->summary);
	json_name(json, "parameters");
	json_begin_array(json);
	write_params(json, route->in_path, "path");
	write_params(json, route->query, "query");
	json_end_array(json);
	if (route->body)
		write_body(json, route);
	write_security(json, route);
	json_name(json, "responses");
	openapi_response_write(json, route);
	json_end_object(json);
}

static bool is_first_of_path(const struct route *route)
{
	for (const struct route *other = routes; other != route; other++)
		if (strcmp(other->path, route->path) == 0)
			return false;
	return true;
}

static void write_path(struct json_writer *json, const struct route *first)
{
	json_name(json, first->path);
	json_begin_object(json);
	for (const struct route *route = first; route->method; route++)
		if (strcmp(route->path, first->path) == 0)
			write_operation(json, route);
	json_end_object(json);
}

void openapi_write(struct buffer *buffer)
{
	struct json_writer json;

	json_start(&json, buffer);
	json_begin_object(&json);
	write_info(&json);
	json_name(&json, "paths");
	json_begin_object(&json);
	for (const struct route *route = routes; route->method; route++)
		if (is_first_of_path(route))
			write_path(&json, route);
	json_end_object(&json);
	json_name(&json, "components");
	json_begin_object(&json);
	json_name(&json, "schemas");
	openapi_schema_components(&json);
	openapi_response_components(&json);
	json_name(&json, "securitySchemes");
	json_raw(&json, "{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\",\"description\":"
			"\"One of the server's token file; to change something, one that may "
			"write\"}}");
	json_end_object(&json);
	json_end_object(&json);
}
