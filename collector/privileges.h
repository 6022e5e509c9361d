/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * privileges: gives up what the collector does not need once it runs.
 */
#ifndef VMASCOPE_COLLECTOR_PRIVILEGES_H
#define VMASCOPE_COLLECTOR_PRIVILEGES_H

/* Keeps CAP_BPF and CAP_PERFMON (iterators are started for every snapshot) of
 * the capabilities the process has, and forbids to gain others. 0 or -errno. */
int privileges_drop(void);

#endif
