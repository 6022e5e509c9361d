/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * world: a made-up system that forks, maps, faults, moves and exits at random,
 * for tests that want many snapshots of something plausible. The same seed gives
 * the same world.
 */
#ifndef VMASCOPE_TESTS_SUPPORT_WORLD_H
#define VMASCOPE_TESTS_SUPPORT_WORLD_H

#include <stdint.h>

#include "topology/model.h"

struct world;

struct world *world_create(uint64_t seed);
void world_free(struct world *world);
/* A few events. */
void world_step(struct world *world);
/* Adds what there is now to an empty model, in random order. Keys never name
 * another object later. */
void world_show(struct world *world, struct model *model);
uint32_t world_random(struct world *world, uint32_t below);

#endif
