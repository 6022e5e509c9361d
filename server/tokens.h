/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tokens: who may read and who may change something, from a file.
 *
 * Each line is "read TOKEN" or "write TOKEN" (which may read too); empty lines
 * and those that begin with # are passed over. A token is 16 to 256 visible
 * ASCII characters. The file may be readable by its owner and group only. No
 * token is ever put into a log, an error or a reply.
 */
#ifndef VMASCOPE_SERVER_TOKENS_H
#define VMASCOPE_SERVER_TOKENS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "problem.h"
#include "wire.h"

#define TOKENS_ERROR_SIZE 512
#define TOKEN_SIZE_MIN 16
#define TOKEN_SIZE_MAX 256
#define TOKENS_MAX 64

enum token_scope {
	TOKEN_READ = 1,
	TOKEN_WRITE = 2,
};

struct token {
	unsigned char bytes[TOKEN_SIZE_MAX]; /* zeros behind its end */
	unsigned int scopes; /* of enum token_scope */
};

struct tokens {
	const char *path; /* not owned */
	pthread_rwlock_t lock;
	struct token *list;
	size_t count;
};

/* What a request was let in for. Holds a token, hence to be wiped. */
struct token_grant {
	unsigned char bytes[TOKEN_SIZE_MAX];
	enum token_scope scope;
};

void tokens_start(struct tokens *tokens, const char *path);
void tokens_stop(struct tokens *tokens);
/* Reads the file, again. 0, or -errno with one sentence; then what was read
 * before stays. Thread-safe. */
int tokens_load(struct tokens *tokens, char error[TOKENS_ERROR_SIZE]);
/* 0 when the request carries a token with the scope; -EPROTO with 401 or 403.
 * The time it takes does not tell how much of a token was right. Thread-safe. */
int tokens_check(struct tokens *tokens, const struct wire_request *wire, enum token_scope scope,
		 struct problem *problem);
/* For who goes on after the request: which token it carries, none of the file's where
 * it carries none; and whether it would still be let in. The latter is thread-safe. */
void tokens_read_grant(const struct wire_request *wire, enum token_scope scope,
		       struct token_grant *ret_grant);
bool tokens_still_grant(struct tokens *tokens, const struct token_grant *grant);

#endif
