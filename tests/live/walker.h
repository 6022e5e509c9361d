/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * walker: snapshots of a scenario by the collector's own library, in this
 * process and without a database: a loaded BPF program is what takes long.
 *
 * Each call fails the running cmocka test when it cannot do what it says.
 */
#ifndef VMASCOPE_TESTS_LIVE_WALKER_H
#define VMASCOPE_TESTS_LIVE_WALKER_H

#include <sys/types.h>

#include "collector/decode.h"
#include "collector/walk.h"
#include "topology/model.h"

/* All zero bytes is closed. */
struct walker {
	struct walk *walk;
	struct decoder decoder;
};

/* Of a process and its descendants. */
void walker_open(struct walker *walker, pid_t tree);
/* Safe when closed. */
void walker_close(struct walker *walker);

/* Fills the model, which is empty or left over. With `previous`, the model of
 * the walk before, what did not change since is taken over from it. The model
 * is complete and sound (expect_sound). */
void walker_take(struct walker *walker, const struct model *previous, struct model *model);

#endif
