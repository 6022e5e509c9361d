/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * problem: why a request was not answered as asked, for RFC 9457
 * application/problem+json. The detail says what the client can do about it.
 */
#ifndef VMASCOPE_SERVER_PROBLEM_H
#define VMASCOPE_SERVER_PROBLEM_H

#include "buffer.h"

#define PROBLEM_DETAIL_SIZE 2048 /* the names of all fields of a list */

/* All zero bytes is no problem. */
struct problem {
	int status;
	char detail[PROBLEM_DETAIL_SIZE];
};

/* Fills the problem and returns -EPROTO, which stands for "see the problem". */
__attribute__((format(printf, 3, 4))) int problem_set(struct problem *problem, int status,
						      const char *format, ...);
/* The problem that an -errno is for a client; one that is set already stays. */
void problem_from_errno(struct problem *problem, int error);
/* "Bad Request" and so on; "Error" for a status we never send. */
const char *problem_title(int status);
/* Appends the JSON document; 0 or -ENOMEM. */
int problem_write(const struct problem *problem, struct buffer *buffer);

#endif
