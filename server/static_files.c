/* SPDX-License-Identifier: GPL-2.0-only */
#include "static_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "content_coding.h"

#define READ_SIZE 65536u

static const struct {
	const char *ending;
	const char *type;
} types[] = {
	{".html", "text/html; charset=utf-8"},
	{".js", "text/javascript; charset=utf-8"},
	{".css", "text/css; charset=utf-8"},
	{".svg", "image/svg+xml"},
	{".png", "image/png"},
	{".ico", "image/x-icon"},
	{".json", "application/json"},
	{".map", "application/json"},
	{".txt", "text/plain; charset=utf-8"},
	{".woff2", "font/woff2"},
};

static const char *type_of(const char *name)
{
	const char *ending = strrchr(name, '.');

	for (size_t i = 0; ending && i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i].ending, ending) == 0)
			return types[i].type;
	return "application/octet-stream";
}

static const struct static_file *find(const struct static_file *files, const char *name)
{
	while (files->name && strcmp(files->name, name) != 0)
		files++;
	return files->name ? files : NULL;
}

const struct static_file *static_files_find(const struct target *target)
{
	const char *name = target->segments[0];

	if (target->segment_count != 1)
		return NULL;
	if (*name == '\0')
		name = "index.html";
	return find(static_page_files, name) ? find(static_page_files, name) :
					       find(static_files, name);
}

static int read_stream(FILE *stream, struct buffer *buffer)
{
	size_t got = 1;

	while (got) {
		char *room = buffer_reserve(buffer, READ_SIZE);

		if (!room)
			return -ENOMEM;
		got = fread(room, 1, READ_SIZE, stream);
		buffer->size += got;
	}
	return ferror(stream) ? -EIO : 0;
}

static int read_file(const char *path, struct buffer *buffer)
{
	FILE *stream = fopen(path, "re");
	int rc;

	if (!stream)
		return -errno;
	rc = read_stream(stream, buffer);
	fclose(stream);
	return rc;
}

static int reply_from_directory(const struct static_file *file, const char *web_root,
				struct reply *reply)
{
	char *path;
	int rc;

	if (asprintf(&path, "%s/%s", web_root, file->name) < 0)
		return -ENOMEM;
	rc = read_file(path, &reply->body);
	if (rc)
		rc = problem_set(&reply->problem, 404, "Cannot read %s: %s. Build the page first.",
				 path, strerror(-rc));
	free(path);
	reply_header(reply, "Cache-Control", "no-store");
	return rc;
}

int static_files_reply(const struct static_file *file, const char *web_root,
		       const struct wire_request *wire, struct reply *reply)
{
	reply->status = 200;
	reply_header(reply, "Content-Type", "%s", type_of(file->name));
	if (web_root && file != find(static_page_files, file->name))
		return reply_from_directory(file, web_root, reply);
	reply_header(reply, "Cache-Control", "no-cache");
	reply_header(reply, "ETag", "%s", file->etag);
	if (content_coding_client_has(wire, reply)) {
		reply_empty(reply, 304);
		return 0;
	}
	reply->static_body = file->bytes;
	reply->static_size = file->size;
	if (file->gzip_bytes && content_coding_accepts_gzip(wire)) {
		reply->static_body = file->gzip_bytes;
		reply->static_size = file->gzip_size;
		content_coding_mark(reply);
	}
	return 0;
}
