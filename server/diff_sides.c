/* SPDX-License-Identifier: GPL-2.0-only */
#include "diff_sides.h"

#include <string.h>

#include "row_json.h"
#include "schema/store_diff.h"

bool diff_sides_has_before(const void *row)
{
	return ((const struct store_diff_head *)row)->state != STORE_DIFF_ADDED;
}

bool diff_sides_has_after(const void *row)
{
	return ((const struct store_diff_head *)row)->state != STORE_DIFF_REMOVED;
}

/* One member as an object of its own, to compare what is seen of it. */
static void write_one(struct buffer *buffer, const struct field *field, const void *row)
{
	const struct field one[] = {*field, FIELD_END};
	struct json_writer json;

	buffer->size = 0;
	json_start(&json, buffer);
	row_json_write(&json, one, row);
}

void diff_sides_write_changed(struct json_writer *json, const struct field *before,
			      const struct field *after, const void *row)
{
	struct buffer old = {0}, new = {0};

	json_begin_array(json);
	for (; before->name; before++, after++) {
		write_one(&old, before, row);
		write_one(&new, after, row);
		if (old.size != new.size || memcmp(old.bytes, new.bytes, old.size) != 0)
			json_text(json, before->name, strlen(before->name));
	}
	json_end_array(json);
	if (old.error || new.error)
		json->buffer->error = old.error ? old.error : new.error;
	buffer_clear(&old);
	buffer_clear(&new);
}
