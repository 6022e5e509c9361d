/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * json_document: a small JSON object built as a cJSON tree. Whatever grows with
 * the system goes through json_writer.h instead.
 */
#ifndef VMASCOPE_SERVER_JSON_DOCUMENT_H
#define VMASCOPE_SERVER_JSON_DOCUMENT_H

#include <cjson/cJSON.h>

#include "buffer.h"

struct json_document {
	cJSON *object;
	int error; /* 0 or -ENOMEM, of any step so far */
};

void json_document_start(struct json_document *document);
/* Takes the item, which may be NULL for "no memory", in any case. The name is
 * not copied. */
void json_document_add(struct json_document *document, const char *name, cJSON *item);
/* cJSON passes any bytes through: this cleans them (utf8.h). */
cJSON *json_document_text(const char *text);
/* Appends the text and frees the tree. 0 or -ENOMEM. */
int json_document_finish(struct json_document *document, struct buffer *buffer);

#endif
