/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hash: FNV-1a, 64 bits, to tell a few honest inputs apart (is this cursor of
 * that list, is this tag of that version). No protection against forgery.
 */
#ifndef VMASCOPE_SERVER_HASH_H
#define VMASCOPE_SERVER_HASH_H

#include <stdint.h>

#define HASH_START 0xcbf29ce484222325ULL

uint64_t hash_integer(uint64_t hash, uint64_t value);
/* The NUL counts: "ab" then "c" is not "a" then "bc". */
uint64_t hash_text(uint64_t hash, const char *text);

#endif
