/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * store_log: keeps the write-ahead log short while others read the database
 * without a pause. (store_shorten_log() is in store.h.)
 */
#ifndef VMASCOPE_SCHEMA_STORE_LOG_H
#define VMASCOPE_SCHEMA_STORE_LOG_H

/* from here on the log is to be started over; 4 MiB */
#define STORE_LOG_PAGES 1000

struct store;

/* Counts its pages from now on, of the one connection that writes. */
void store_log_watch(struct store *store);

#endif
