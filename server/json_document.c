/* SPDX-License-Identifier: GPL-2.0-only */
#include "json_document.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

void json_document_start(struct json_document *document)
{
	document->object = cJSON_CreateObject();
	document->error = document->object ? 0 : -ENOMEM;
}

void json_document_add(struct json_document *document, const char *name, cJSON *item)
{
	if (!document->error && item && cJSON_AddItemToObjectCS(document->object, name, item))
		return;
	cJSON_Delete(item);
	document->error = -ENOMEM;
}

cJSON *json_document_text(const char *text)
{
	struct buffer buffer = {0};
	char *clean;
	cJSON *item;

	utf8_clean(&buffer, text, strlen(text));
	clean = buffer_take_text(&buffer);
	item = clean ? cJSON_CreateString(clean) : NULL;
	free(clean);
	return item;
}

int json_document_finish(struct json_document *document, struct buffer *buffer)
{
	char *text = document->error ? NULL : cJSON_PrintUnformatted(document->object);

	if (text)
		buffer_text(buffer, text);
	else
		buffer->error = -ENOMEM;
	cJSON_free(text);
	cJSON_Delete(document->object);
	document->object = NULL;
	return buffer->error;
}
