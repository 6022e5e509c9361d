/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * identity: which object of a snapshot is which object of the one before.
 *
 * A process is its tgid and start time within a boot; an mm is a process and
 * its exec generation; a file is its device and inode. An anon_vma continues
 * while its address, root and parent continue and at least one VMA linked to it
 * continues, that is, a VMA of the same mm that overlaps it in addresses or in
 * page offsets (mremap moves the former and keeps the latter). An anon_vma at
 * the address of one that is gone, without such a VMA, is a new one: the slab
 * hands out the same memory again.
 *
 * The model of a snapshot that was read back from the store has no addresses.
 * There an anon_vma continues when VMAs that continue hold it at the same place
 * of chains of the same length, and do not contradict each other.
 *
 * Not told apart: an anon_vma that was freed and allocated again at the same
 * address for the same range of the same mm between two snapshots.
 */
#ifndef VMASCOPE_COLLECTOR_IDENTITY_H
#define VMASCOPE_COLLECTOR_IDENTITY_H

#include <stdbool.h>

#include "../schema/store.h"
#include "../topology/model.h"

/*
 * Sets id and previous of every object of now; ids of new objects are taken
 * from next. before may be NULL or of another boot: then everything is new.
 * before_has_keys says that its keys are of the same kind as those of now.
 * Clears `unchanged` of an mm whose anon_vmas did not all continue. 0 or
 * -ENOMEM.
 */
int identity_assign(const struct model *before, bool before_has_keys, struct model *now,
		    struct store_sequences *next);

#endif
