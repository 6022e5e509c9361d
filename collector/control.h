/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * control: the socket on which a collector takes orders, <db>.socket beside the
 * database. Whoever may write to it (mode 0660, the directory's group) may give
 * them.
 *
 * The protocol is one JSON object a line, and one line back for each, in their
 * order. "label" is as label.h has it or null, "snapshot" an id:
 *
 *	{"command":"snapshot","label":"before the deploy"}
 *	{"command":"snapshot"}
 *		take one now: {"ok":true,"snapshot":17}
 *	{"command":"label","snapshot":17,"label":"after"}	null takes it away
 *	{"command":"pin","snapshot":17}		unpin the same
 *		{"ok":true,"snapshot":17}
 *	{"command":"status"}
 *		{"ok":true,"version":"0.1.0","pid":1,"replaying":false,
 *		 "interval_ms":10000,"snapshot":17,"next_in_ms":8750}
 *		snapshot and next_in_ms may be null
 *
 * What is not done is answered {"ok":false,"status":404,"detail":"There …"}:
 * 400 the line makes no sense, 404 no such snapshot, 409 not while a recording
 * is replayed, 500 it failed, 503 too much to do. After a 400 the client is
 * dropped; an order of a client that left before its turn is not carried out.
 *
 * All this is done by the one thread that takes the snapshots, in between them,
 * so nothing here waits and all is bounded: each client has one line on its way
 * at a time, 4 KiB long at most; of more than CONTROL_CLIENTS_MAX clients the
 * one that has been silent for longest is dropped, as is one that has been for
 * CONTROL_PATIENCE_NS, or that does not take its answers.
 */
#ifndef VMASCOPE_COLLECTOR_CONTROL_H
#define VMASCOPE_COLLECTOR_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "control_request.h"

#define CONTROL_CLIENTS_MAX 16
#define CONTROL_LINE_MAX 4096
#define CONTROL_PATIENCE_NS 10000000000ull

struct control;

/* Starts to listen. 0, or -errno as unix_socket_listen(). */
int control_open(const char *path, struct control **ret_control);
/* Drops the clients, removes the socket. */
void control_close(struct control **control);

/* Readable when control_serve() has something to do. */
int control_fd(const struct control *control);
/* When control_serve() has to be called even if nothing happens; UINT64_MAX:
 * never. CLOCK_MONOTONIC. */
uint64_t control_deadline_ns(const struct control *control);
/* Accepts, reads and drops; a bounded amount of work. */
void control_serve(struct control *control, uint64_t now_ns);

/* The request that has waited for longest. False when none waits. */
bool control_next(struct control *control, struct control_request *ret_request);
/* Answers the request that control_next() gave. */
void control_answer(struct control *control, const char *answer, size_t size, uint64_t now_ns);

#endif
