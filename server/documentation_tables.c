/* SPDX-License-Identifier: GPL-2.0-only */
#include "documentation_tables.h"

#include <inttypes.h>
#include <stdio.h>

#include "html.h"
#include "openapi_schema.h"

#define NAME_SIZE 192

static void write_cells(struct buffer *html, const char *heads)
{
	buffer_text(html, "<div class=\"wide\"><table><thead><tr>");
	while (*heads) {
		size_t size = strcspn(heads, "|");

		buffer_format(html, "<th scope=\"col\">%.*s</th>", (int)size, heads);
		heads += size + (heads[size] == '|');
	}
	buffer_text(html, "</tr></thead><tbody>");
}

static void end_cells(struct buffer *html)
{
	buffer_text(html, "</tbody></table></div>");
}

static void write_choices(struct buffer *html, const char *(*choice)(int64_t index))
{
	for (int64_t i = 0; choice(i); i++)
		html_format(html, i ? ", <code>%s</code>" : "<code>%s</code>", choice(i));
}

static void write_range(struct buffer *html, const struct param *param)
{
	if (param->max == INT64_MAX)
		buffer_format(html, "integer from %" PRId64 " on", param->min);
	else
		buffer_format(html, "integer, %" PRId64 " to %" PRId64, param->min, param->max);
}

static void write_param_type(struct buffer *html, const struct param *param)
{
	switch (param->type) {
	case PARAM_INTEGER:
		write_range(html, param);
		break;
	case PARAM_SNAPSHOT_ID:
		buffer_text(html, "id or <code>latest</code>");
		break;
	case PARAM_TEXT:
		buffer_format(html, "text, up to %" PRId64 " bytes", param->max);
		break;
	case PARAM_TIME:
		buffer_text(html, "time (RFC 3339)");
		break;
	case PARAM_DURATION:
		buffer_text(html, "number and <code>s</code>, <code>m</code>, <code>h</code> or "
				  "<code>d</code>");
		break;
	case PARAM_CHOICE:
	case PARAM_SORT:
		write_choices(html, param->choice);
		break;
	}
}

static void write_param(struct buffer *html, const struct param *param, const char *in)
{
	html_format(html, "<tr><th scope=\"row\"><code>%s</code></th><td>%s</td><td>", param->name,
		    in);
	write_param_type(html, param);
	html_format(html, "</td><td>%s", param->description);
	if (param->fallback)
		html_format(html, " <span class=\"default\">[<code>%s</code>]</span>",
			    param->fallback);
	buffer_text(html, "</td></tr>");
}

void documentation_tables_params(struct buffer *html, const struct route *route)
{
	if (route->in_path[0] == PARAM_NONE && route->query[0] == PARAM_NONE)
		return;
	buffer_text(html, "<h3>Parameters</h3>");
	write_cells(html, "Name|In|Values|Meaning [default]");
	for (const uint8_t *id = route->in_path; *id != PARAM_NONE; id++)
		write_param(html, &params[*id], "path");
	for (const uint8_t *id = route->query; *id != PARAM_NONE; id++)
		write_param(html, &params[*id], "query");
	end_cells(html);
}

static const char *const kind_names[] = {
	[FIELD_INTEGER] = "integer",
	[FIELD_ID] = "integer",
	[FIELD_BOOLEAN] = "true or false",
	[FIELD_DECIMAL] = "decimal in a string",
	[FIELD_HEX] = "hexadecimal in a string",
	[FIELD_TIME] = "time (RFC 3339, ns)",
	[FIELD_TEXT] = "text",
	[FIELD_MEAN] = "number",
	[FIELD_NUMBER] = "number",
	[FIELD_GROUP] = "object",
	[FIELD_ARRAY] = "array",
	[FIELD_MAP] = "object",
	[FIELD_COLUMNS] = "object of arrays",
};

/* The unit that a name ends with. */
static const char *unit_of(const char *name)
{
	static const struct {
		const char *ending;
		const char *unit;
	} units[] = {
		{"bytes", "bytes"},	{"_ns", "ns"},	    {"_s", "s"},
		{"_pages", "pages"},	{"pgoff", "pages"}, {"_visits", "VMAs"},
		{"page_size", "bytes"},
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t size = strlen(units[i].ending);

		if (strlen(name) >= size &&
		    strcmp(name + strlen(name) - size, units[i].ending) == 0)
			return units[i].unit;
	}
	return "";
}

static void write_type(struct buffer *html, const struct field *field)
{
	enum field_kind kind = field_json_kind(field);
	const struct answer *named = NULL;

	if (kind == FIELD_ARRAY || kind == FIELD_MAP) {
		buffer_text(html, kind == FIELD_ARRAY ? "array of " : "object, each ");
		write_type(html, field->items);
		return;
	}
	if (kind == FIELD_GROUP)
		named = openapi_schema_named(field->fields);
	if (named)
		html_format(html, "<a href=\"#%s\">%s</a>", named->name, named->name);
	else if (field->choice)
		write_choices(html, field->choice);
	else
		buffer_text(html, kind_names[kind]);
	if (field->nullable)
		buffer_text(html, " or null");
}

/* A field of a row, or what all rows have in it. */
static void write_row(struct buffer *html, const char *name, const struct field *field, bool column)
{
	const char *description = field_description(field);

	html_format(html, "<tr><th scope=\"row\"><code>%s</code></th><td>", name);
	buffer_text(html, column ? "array of " : "");
	write_type(html, field);
	html_format(html, "</td><td>%s</td><td>%s</td></tr>", unit_of(field->name),
		    description ? description : "");
}

static void write_rows(struct buffer *html, const char *prefix, const struct field *fields);

static void write_columns(struct buffer *html, const char *prefix, const struct field *fields)
{
	for (; fields->name; fields++) {
		bool is_group = fields->kind == FIELD_GROUP;
		char name[NAME_SIZE];

		snprintf(name, sizeof(name), "%.120s.%.60s", prefix, fields->name);
		write_row(html, name, fields, !is_group);
		if (is_group)
			write_columns(html, name, fields->fields);
	}
}

/* What lies in the value: the members of an object, or of the objects of an
 * array, unless they are told elsewhere. */
static void write_inner(struct buffer *html, const char *name, const struct field *field)
{
	enum field_kind kind = field_json_kind(field);
	char prefix[NAME_SIZE];

	if (kind == FIELD_COLUMNS) {
		write_columns(html, name, field->fields);
		return;
	}
	if (kind == FIELD_ARRAY && field->items->kind == FIELD_GROUP)
		field = field->items;
	else if (kind != FIELD_GROUP)
		return;
	if (openapi_schema_named(field->fields))
		return;
	snprintf(prefix, sizeof(prefix), kind == FIELD_ARRAY ? "%.120s[]." : "%.120s.", name);
	write_rows(html, prefix, field->fields);
}

static void write_rows(struct buffer *html, const char *prefix, const struct field *fields)
{
	for (; fields->name; fields++) {
		char name[NAME_SIZE];

		if (fields->kind == FIELD_MEMBERS) {
			write_rows(html, prefix, fields->fields);
			continue;
		}
		snprintf(name, sizeof(name), "%s%.60s", prefix, fields->name);
		write_row(html, name, fields, false);
		write_inner(html, name, fields);
	}
}

void documentation_tables_fields(struct buffer *html, const struct field *fields)
{
	write_cells(html, "Name|Type|Unit|Meaning");
	write_rows(html, "", fields);
	end_cells(html);
}
