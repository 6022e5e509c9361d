/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * answer: what a route answers with when all is well, as far as a client can
 * know it beforehand.
 */
#ifndef VMASCOPE_SERVER_ANSWER_H
#define VMASCOPE_SERVER_ANSWER_H

struct field;

enum answer_kind {
	ANSWER_NONE, /* nobody said; a test fails */
	ANSWER_LIST, /* rows, in the formats of row_format.h */
	ANSWER_DOCUMENT, /* a JSON object */
	ANSWER_EVENTS, /* server-sent events, each described in .also … */
	ANSWER_EVENT, /* … as this: its data */
	ANSWER_BYTES, /* of the type, not described further */
};

struct answer {
	enum answer_kind kind;
	/* of the row or document: its name in the documentation, the same wherever the
	 * table is the same; of an event: its type */
	const char *name;
	const struct field *fields;
	const char *type; /* Content-Type of ANSWER_BYTES */
};

#define ANSWERS_END                 \
	{                           \
		.kind = ANSWER_NONE \
	}

/* For the table of routes; .also is a table of further ones. */
#define ANSWER_LIST_OF(schema, table) \
	.answer = {.kind = ANSWER_LIST, .name = (schema), .fields = (table)}
#define ANSWER_DOCUMENT_OF(schema, table) \
	.answer = {.kind = ANSWER_DOCUMENT, .name = (schema), .fields = (table)}
#define ANSWER_BYTES_OF(content_type) .answer = {.kind = ANSWER_BYTES, .type = (content_type)}

#endif
