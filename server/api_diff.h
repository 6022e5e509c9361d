/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * api_diff: what is different between two snapshots, call->from and call->to.
 *
 * Without section, the summary; it costs what changed between them:
 *   {"from":{"id":1,"taken_at":"2026-11-21T02:33:18.123456789Z","label":null,
 *     "pinned":false,"tree_tgid":null,"boot":{"id":1,"boot_id":"…","host":"…",
 *     "release":"6.18.44"},"quality":{"complete":true}},
 *    "to":{…},"same_boot":true,"reason":null,
 *    "totals":{"before":{"processes":2,…},"after":{…},"change":{"processes":2,…}},
 *    "sections":{"processes":{"added":1,"removed":0,"execed":0,"grown":1,
 *     "shrunk":0,"changed":0},"trees":{…},"anon_vmas":{…},"vmas":{…},
 *     "findings":{…},"names":null}}
 * Across boots same_boot is false, reason says what that means, and names is the
 * only section that is not null. Of one boot names is null here, because to sum
 * them up reads every process; the list is there all the same.
 *
 * With section, a list of diff_fields.h: {"data":[…],"next":…}.
 */
#ifndef VMASCOPE_SERVER_API_DIFF_H
#define VMASCOPE_SERVER_API_DIFF_H

#include "answer.h"
#include "call.h"
#include "field.h"
#include "reply.h"

extern const struct field api_diff_document[]; /* the summary */
extern const struct answer api_diff_lists[]; /* by section */
extern const struct field api_diff_tree_document[];

int api_diff(const struct call *call, struct reply *reply);
/* One tree of both (diff_tree_json.h). */
int api_diff_tree(const struct call *call, struct reply *reply);

#endif
