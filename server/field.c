/* SPDX-License-Identifier: GPL-2.0-only */
#include "field.h"

#include <string.h>

#include "schema/store_list.h"

static void write_text(struct json_writer *json, const struct store_text *text)
{
	if (text->bytes)
		json_text(json, text->bytes, text->size);
	else
		json_null(json);
}

static void write_value(struct json_writer *json, const struct field *field, const void *row)
{
	const void *member = (const char *)row + field->offset;
	/* every kind but FIELD_TEXT is one; the last two do not look at it */
	int64_t value = 0;

	if (field->kind != FIELD_TEXT && field->kind < FIELD_OBJECT)
		memcpy(&value, member, sizeof(value));
	switch (field->kind) {
	case FIELD_INTEGER:
		json_integer(json, value);
		break;
	case FIELD_ID:
		if (value)
			json_integer(json, value);
		else
			json_null(json);
		break;
	case FIELD_BOOLEAN:
		json_boolean(json, value != 0);
		break;
	case FIELD_DECIMAL:
		json_decimal(json, (uint64_t)value);
		break;
	case FIELD_HEX:
		json_hex(json, (uint64_t)value);
		break;
	case FIELD_TIME:
		json_time(json, value);
		break;
	case FIELD_TEXT:
		write_text(json, member);
		break;
	case FIELD_OBJECT:
		field_write(json, field->fields, row);
		break;
	case FIELD_COMPUTED:
		field->write(json, row);
		break;
	}
}

void field_write_members(struct json_writer *json, const struct field *fields, const void *row)
{
	for (const struct field *field = fields; field->name; field++) {
		json_name(json, field->name);
		write_value(json, field, row);
	}
}

void field_write(struct json_writer *json, const struct field *fields, const void *row)
{
	json_begin_object(json);
	field_write_members(json, fields, row);
	json_end_object(json);
}
