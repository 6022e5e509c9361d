/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * static_files: the page, compiled in.
 *
 * The names are those of the table and no others: no path is ever built from a
 * URL. While the page is being worked on, the bytes can come from a directory
 * instead, under the same names.
 */
#ifndef VMASCOPE_SERVER_STATIC_FILES_H
#define VMASCOPE_SERVER_STATIC_FILES_H

#include <stddef.h>

#include "reply.h"
#include "target.h"
#include "wire.h"

struct static_file {
	const char *name; /* "app.js"; "index.html" is served at / too */
	const char *etag; /* of the bytes, quoted */
	const unsigned char *bytes;
	size_t size;
	const unsigned char *gzip_bytes; /* NULL: not worth it */
	size_t gzip_size;
};

/* Generated, each ended by a row without a name: the page, and what the server's own
 * pages need, which never comes from a directory. */
extern const struct static_file static_files[];
extern const struct static_file static_page_files[];

/* The file of that path, or NULL. */
const struct static_file *static_files_find(const struct target *target);
/* Fills the reply, from the directory web_root where it is not NULL. 0, -ENOMEM
 * or -EPROTO with the reply's problem. */
int static_files_reply(const struct static_file *file, const char *web_root,
		       const struct wire_request *wire, struct reply *reply);

#endif
