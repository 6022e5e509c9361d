/* SPDX-License-Identifier: GPL-2.0-only */
#include "list.h"

#include <string.h>

int list_begin(struct list_page *page, const struct list_kind *kind, const struct call *call,
	       struct reply *reply)
{
	int rc;

	*page = (struct list_page){.kind = kind, .call = call, .reply = reply};
	rc = cursor_read(&page->start, call->request, &reply->problem);
	if (rc < 0)
		return rc;
	page->resume = rc == 1;
	page->fetch = (uint32_t)call->request->values[PARAM_LIMIT].integer + 1;
	json_start(&page->json, &reply->body);
	json_begin_object(&page->json);
	json_name(&page->json, "data");
	json_begin_array(&page->json);
	return 0;
}

int list_row(void *context, const void *row)
{
	struct list_page *page = context;

	if (page->shown + 1 == page->fetch) {
		page->more = true;
		return 1;
	}
	field_write(&page->json, page->kind->fields, row);
	page->last = page->kind->position(row);
	page->shown++;
	return page->reply->body.error;
}

static void write_link(struct list_page *page, const char *cursor)
{
	struct buffer buffer = {0};

	target_write_with(page->call->request->target, "cursor", cursor, &buffer);
	if (!buffer.error)
		reply_header(page->reply, "Link", "<%.*s>; rel=\"next\"", (int)buffer.size,
			     buffer.bytes);
	buffer_clear(&buffer);
}

void list_end(struct list_page *page)
{
	char cursor[CURSOR_TEXT_SIZE];

	json_end_array(&page->json);
	json_name(&page->json, "next");
	if (page->more) {
		cursor_write(&page->last, page->call->request, cursor);
		json_text(&page->json, cursor, strlen(cursor));
		write_link(page, cursor);
	} else {
		json_null(&page->json);
	}
	json_end_object(&page->json);
	reply_set_json(page->reply);
}
