/* SPDX-License-Identifier: GPL-2.0-only */
#include "field.h"

#include <string.h>

#include "glossary.h"
#include "schema/store_list.h"

static void visit_text(const struct store_text *text, struct row_sink *sink)
{
	if (text->bytes)
		sink->ops->text(sink, text->bytes, text->size);
	else
		sink->ops->null(sink);
}

static void visit_mean(int64_t visits, int64_t pages, struct row_sink *sink)
{
	if (pages)
		sink->ops->number(sink, (double)visits / (double)pages);
	else
		sink->ops->null(sink);
}

static void visit_group(const struct field *field, const void *row, struct row_sink *sink)
{
	if (field->present && !field->present(row)) {
		sink->ops->no_group(sink, field->fields);
		return;
	}
	sink->ops->begin_group(sink);
	field_visit(field->fields, (const char *)row + field->offset, sink);
	sink->ops->end_group(sink);
}

static int64_t integer_at(const void *row, uint16_t offset)
{
	int64_t value;

	memcpy(&value, (const char *)row + offset, sizeof(value));
	return value;
}

/* An integer that lies in the row, as its kind is shown. */
static void visit_integer(enum field_kind kind, int64_t value, struct row_sink *sink)
{
	switch (kind) {
	case FIELD_ID:
		if (value)
			sink->ops->integer(sink, value);
		else
			sink->ops->null(sink);
		break;
	case FIELD_BOOLEAN:
		sink->ops->boolean(sink, value != 0);
		break;
	case FIELD_DECIMAL:
		sink->ops->decimal(sink, (uint64_t)value);
		break;
	case FIELD_HEX:
		sink->ops->hex(sink, (uint64_t)value);
		break;
	case FIELD_TIME:
		sink->ops->time(sink, value);
		break;
	default:
		sink->ops->integer(sink, value);
	}
}

static void visit_value(const struct field *field, const void *row, struct row_sink *sink)
{
	switch (field->kind) {
	case FIELD_TEXT:
		visit_text((const void *)((const char *)row + field->offset), sink);
		break;
	case FIELD_MEAN:
		visit_mean(integer_at(row, field->offset), integer_at(row, field->offset_below),
			   sink);
		break;
	case FIELD_JSON:
		sink->ops->json(sink, field->write_json, row);
		break;
	case FIELD_GROUP:
		visit_group(field, row, sink);
		break;
	default:
		visit_integer(field->kind, integer_at(row, field->offset), sink);
	}
}

void field_visit(const struct field *fields, const void *row, struct row_sink *sink)
{
	for (const struct field *field = fields; field->name; field++) {
		sink->ops->name(sink, field->name);
		if (field->write)
			field->write(sink, row);
		else
			visit_value(field, row, sink);
	}
}

const char *field_description(const struct field *field)
{
	const struct glossary_term *term = glossary_find(field->name);

	if (field->description || !term)
		return field->description;
	return term->description;
}

static void write_names(const struct field *fields, const char *group, const char *separator,
			size_t start, struct buffer *buffer)
{
	for (const struct field *field = fields; field->name; field++) {
		if (field->kind == FIELD_GROUP) {
			write_names(field->fields, field->name, separator, start, buffer);
			continue;
		}
		if (buffer->size > start)
			buffer_text(buffer, separator);
		if (group)
			buffer_format(buffer, "%s.", group);
		buffer_text(buffer, field->name);
	}
}

void field_names(const struct field *fields, const char *separator, struct buffer *buffer)
{
	write_names(fields, NULL, separator, buffer->size, buffer);
}
