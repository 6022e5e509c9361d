/* SPDX-License-Identifier: GPL-2.0-only */
#include "tokens.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_SIZE 512

void tokens_start(struct tokens *tokens, const char *path)
{
	*tokens = (struct tokens){.path = path};
	pthread_rwlock_init(&tokens->lock, NULL);
}

static void free_list(struct token *list, size_t count)
{
	if (list)
		explicit_bzero(list, count * sizeof(*list));
	free(list);
}

void tokens_stop(struct tokens *tokens)
{
	free_list(tokens->list, tokens->count);
	pthread_rwlock_destroy(&tokens->lock);
}

static bool is_token(const char *text)
{
	size_t size = strlen(text);

	for (size_t i = 0; i < size; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	return size >= TOKEN_SIZE_MIN && size <= TOKEN_SIZE_MAX;
}

/* With zeros behind, so that tokens of all lengths are compared alike. */
static void put_token(unsigned char bytes[TOKEN_SIZE_MAX], const char *text)
{
	size_t size = strlen(text);

	for (size_t i = 0; i < TOKEN_SIZE_MAX; i++)
		bytes[i] = i < size ? (unsigned char)text[i] : 0;
}

/* What is wrong with the line, or NULL. It is taken apart. */
static const char *read_line(char *line, struct token *token)
{
	const char *scope = strtok_r(line, " \t\r\n", &line);
	const char *text = strtok_r(NULL, " \t\r\n", &line);

	if (!scope || !text || strtok_r(NULL, " \t\r\n", &line))
		return "is not \"read TOKEN\" or \"write TOKEN\"";
	if (strcmp(scope, "write") == 0)
		token->scopes = TOKEN_READ | TOKEN_WRITE;
	else if (strcmp(scope, "read") == 0)
		token->scopes = TOKEN_READ;
	else
		return "begins with neither read nor write";
	if (!is_token(text))
		return "has a token that is not 16 to 256 visible ASCII characters";
	put_token(token->bytes, text);
	return NULL;
}

static int read_lines(FILE *file, const char *path, struct token *list, size_t *ret_count,
		      char *error)
{
	char line[LINE_SIZE];
	const char *wrong = NULL;
	size_t number = 0, count = 0;

	while (!wrong && fgets(line, sizeof(line), file)) {
		number++;
		if (line[strspn(line, " \t\r\n")] == '\0' || line[0] == '#')
			continue;
		wrong = count < TOKENS_MAX ? read_line(line, &list[count++]) :
					     "is one too many, 64 tokens are enough";
	}
	explicit_bzero(line, sizeof(line));
	*ret_count = count;
	if (wrong)
		snprintf(error, TOKENS_ERROR_SIZE, "line %zu of %s %s", number, path, wrong);
	else if (ferror(file))
		snprintf(error, TOKENS_ERROR_SIZE, "cannot read %s", path);
	else if (count == 0)
		snprintf(error, TOKENS_ERROR_SIZE,
			 "%s holds no token; write a line as \"read TOKEN\" or \"write TOKEN\"",
			 path);
	else
		return 0;
	return -EINVAL;
}

static int open_file(const char *path, FILE **ret_file, char *error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;
	int rc = 0;

	if (fd < 0 || fstat(fd, &status) != 0) {
		rc = -errno;
		snprintf(error, TOKENS_ERROR_SIZE, "cannot read %s: %s", path, strerror(-rc));
	} else if (!S_ISREG(status.st_mode)) {
		rc = -EINVAL;
		snprintf(error, TOKENS_ERROR_SIZE, "%s is not a file", path);
	} else if (status.st_mode & (S_IRWXO | S_IWGRP)) {
		rc = -EPERM;
		snprintf(
			error, TOKENS_ERROR_SIZE,
			"%s holds tokens and others can get at it; chmod 600 it, and make new ones",
			path);
	} else {
		*ret_file = fdopen(fd, "r");
		rc = *ret_file ? 0 : -ENOMEM;
	}
	if (rc && fd >= 0)
		close(fd);
	return rc;
}

static void replace(struct tokens *tokens, struct token *list, size_t count)
{
	struct token *before;
	size_t before_count;

	pthread_rwlock_wrlock(&tokens->lock);
	before = tokens->list;
	before_count = tokens->count;
	tokens->list = list;
	tokens->count = count;
	pthread_rwlock_unlock(&tokens->lock);
	free_list(before, before_count);
}

int tokens_load(struct tokens *tokens, char error[TOKENS_ERROR_SIZE])
{
	struct token *list = calloc(TOKENS_MAX, sizeof(*list));
	FILE *file = NULL;
	size_t count = 0;
	int rc;

	snprintf(error, TOKENS_ERROR_SIZE, "out of memory");
	if (!list)
		return -ENOMEM;
	rc = open_file(tokens->path, &file, error);
	if (!rc)
		rc = read_lines(file, tokens->path, list, &count, error);
	if (file)
		fclose(file);
	if (rc)
		free_list(list, TOKENS_MAX);
	else
		replace(tokens, list, count);
	return rc;
}

/* The scopes where the bytes are the same, else 0, in the same time. */
static unsigned int compare(const struct token *token, const unsigned char *given)
{
	volatile unsigned int different = 0;

	for (size_t i = 0; i < TOKEN_SIZE_MAX; i++)
		different |= (unsigned int)(token->bytes[i] ^ given[i]);
	/* all ones when nothing differs */
	return token->scopes & (different - 1u) >> 8;
}

static unsigned int scopes_of(struct tokens *tokens, const unsigned char *given)
{
	unsigned int scopes = 0;

	pthread_rwlock_rdlock(&tokens->lock);
	for (size_t i = 0; i < tokens->count; i++)
		scopes |= compare(&tokens->list[i], given);
	pthread_rwlock_unlock(&tokens->lock);
	return scopes;
}

/* The token of the one Authorization header there is; false for anything else. */
static bool read_header(const struct wire_request *wire, unsigned char given[TOKEN_SIZE_MAX])
{
	static const char scheme[] = "Bearer ";
	const char *text = NULL;
	size_t found = 0;

	for (size_t i = 0; i < wire->header_count; i++) {
		if (strcasecmp(wire->headers[i].name, "Authorization") != 0)
			continue;
		text = wire->headers[i].value;
		found++;
	}
	if (found != 1 || strncasecmp(text, scheme, strlen(scheme)) != 0)
		return false;
	text += strlen(scheme);
	text += strspn(text, " ");
	if (!is_token(text))
		return false;
	put_token(given, text);
	return true;
}

int tokens_check(struct tokens *tokens, const struct wire_request *wire, enum token_scope scope,
		 struct problem *problem)
{
	unsigned char given[TOKEN_SIZE_MAX];
	unsigned int scopes;

	if (!read_header(wire, given))
		return problem_set(problem, 401,
				   "This server wants a token: send the header \"Authorization: "
				   "Bearer TOKEN\" with one of its --token-file (curl -H).");
	scopes = scopes_of(tokens, given);
	explicit_bzero(given, sizeof(given));
	if (scopes == 0)
		return problem_set(problem, 401,
				   "The token is not one of those in the server's --token-file.");
	if (!(scopes & scope))
		return problem_set(problem, 403,
				   "The token may read only; use one of a line that begins with "
				   "write.");
	return 0;
}

void tokens_read_grant(const struct wire_request *wire, enum token_scope scope,
		       struct token_grant *ret_grant)
{
	*ret_grant = (struct token_grant){.scope = scope};
	/* zeros are no token: each has at least TOKEN_SIZE_MIN characters */
	(void)read_header(wire, ret_grant->bytes);
}

bool tokens_still_grant(struct tokens *tokens, const struct token_grant *grant)
{
	return scopes_of(tokens, grant->bytes) & grant->scope;
}
