/* SPDX-License-Identifier: GPL-2.0-only */
#include "documentation_index.h"

#include "documentation.h"
#include "json_writer.h"
#include "route.h"

static const struct field resource_shape[] = {
	SHAPE(FIELD_TEXT, "method", .example = "\"GET\""),
	SHAPE(FIELD_TEXT, "href", .description = "URI template (RFC 6570)",
	      .example = "\"/api/v1/snapshots/{snapshot}\""),
	SHAPE(FIELD_TEXT, "summary", .example = "\"One snapshot\""),
	FIELD_END,
};

const struct field documentation_index_shape[] = {
	SHAPE(FIELD_TEXT, "name", .description = "Always vmascope", .example = "\"vmascope\""),
	SHAPE(FIELD_TEXT, "version", .example = "\"" VMASCOPE_VERSION "\""),
	SHAPE(FIELD_TEXT, "documentation", .description = "Where a person reads about all this",
	      .example = "\"" DOCUMENTATION_PAGE "\""),
	SHAPE(FIELD_TEXT, "openapi", .description = "Where a program does",
	      .example = "\"" DOCUMENTATION_OPENAPI "\""),
	SHAPE_ROWS("resources", resource_shape),
	FIELD_END,
};

static void write_href(struct json_writer *json, const struct route *route)
{
	struct buffer href = {0};

	buffer_text(&href, route->path);
	for (const uint8_t *id = route->query; *id != PARAM_NONE; id++)
		buffer_format(&href, "%s%s", id == route->query ? "{?" : ",", params[*id].name);
	if (route->query[0] != PARAM_NONE)
		buffer_text(&href, "}");
	json_name(json, "href");
	json_text(json, href.error ? "" : href.bytes, href.size);
	buffer_clear(&href);
}

void documentation_index_write(struct buffer *buffer)
{
	struct json_writer json;

	json_start(&json, buffer);
	json_begin_object(&json);
	json_name_text(&json, "name", "vmascope");
	json_name_text(&json, "version", VMASCOPE_VERSION);
	json_name_text(&json, "documentation", DOCUMENTATION_PAGE);
	json_name_text(&json, "openapi", DOCUMENTATION_OPENAPI);
	json_name(&json, "resources");
	json_begin_array(&json);
	for (const struct route *route = routes; route->method; route++) {
		json_begin_object(&json);
		json_name_text(&json, "method", route->method);
		write_href(&json, route);
		json_name_text(&json, "summary", route->summary);
		json_end_object(&json);
	}
	json_end_array(&json);
	json_end_object(&json);
}
