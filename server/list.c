/* SPDX-License-Identifier: GPL-2.0-only */
#include "list.h"

#include <string.h>

#include "field_select.h"
#include "list_stream.h"

struct list_page {
	const struct list_kind *kind;
	struct row_writer *writer;
	uint32_t left; /* rows that still fit */
	struct list_position position;
};

static int take_row(void *context, const void *row)
{
	struct list_page *page = context;

	if (page->left == 0) {
		page->position.more = true;
		return 1;
	}
	page->writer->format->row(page->writer, row);
	page->writer->rows++;
	page->position.last = page->kind->position(row);
	page->left--;
	return page->writer->buffer->error;
}

/* One row more than are shown is asked for: it tells that there is a next page. */
int list_write_page(const struct call *call, const struct list_kind *kind,
		    const struct store_page *page, struct row_writer *writer,
		    struct list_position *ret_position, struct problem *problem)
{
	struct list_page rows = {.kind = kind, .writer = writer, .left = page->limit};
	struct store_page fetch = *page;
	int rc;

	fetch.limit++;
	rc = kind->read(call, &fetch, take_row, &rows, problem);
	if (rc == 0)
		*ret_position = rows.position;
	return rc;
}

static void write_link(const struct call *call, const char *cursor, struct reply *reply)
{
	struct buffer buffer = {0};

	target_write_with(call->request->target, "cursor", cursor, &buffer);
	if (!buffer.error)
		reply_header(reply, "Link", "<%.*s>; rel=\"next\"", (int)buffer.size, buffer.bytes);
	buffer_clear(&buffer);
}

static int reply_page(const struct call *call, const struct list_kind *kind,
		      const struct store_page *page, struct row_writer *writer, struct reply *reply)
{
	struct list_position position = {0};
	char cursor[CURSOR_TEXT_SIZE];
	int rc;

	writer->buffer = &reply->body;
	writer->format->begin(writer);
	rc = list_write_page(call, kind, page, writer, &position, &reply->problem);
	if (rc)
		return rc;
	if (position.more) {
		cursor_write(&position.last, call->request, cursor);
		write_link(call, cursor, reply);
	}
	writer->format->end(writer, position.more ? cursor : NULL);
	return 0;
}

int list_reply(const struct call *call, const struct list_kind *kind, struct reply *reply)
{
	const struct param_value *values = call->request->values;
	const struct row_format *format = &row_formats[call->format];
	struct field_selection selection;
	struct row_writer writer = {.format = format, .fields = kind->fields};
	struct store_page page = {.limit = LIST_LIMIT_DEFAULT};
	struct cursor start;
	int rc = cursor_read(&start, call->request, &reply->problem);

	if (rc < 0)
		return rc;
	if (rc) {
		page.resume = true;
		page.after_key = start.key;
		page.after_id = start.id;
	}
	if (values[PARAM_FIELDS].text) {
		rc = field_select(kind->fields, values[PARAM_FIELDS].text, &selection,
				  &reply->problem);
		if (rc < 0)
			return rc;
		writer.fields = selection.fields;
	}
	reply->status = 200;
	reply_header(reply, "Content-Type", "%s", format->content_type);
	if (format->whole && !values[PARAM_LIMIT].text)
		return list_stream_reply(call, kind, &page, reply);
	if (values[PARAM_LIMIT].text)
		page.limit = (uint32_t)values[PARAM_LIMIT].integer;
	return reply_page(call, kind, &page, &writer, reply);
}
