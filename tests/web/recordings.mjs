/* SPDX-License-Identifier: GPL-2.0-only */
/* Databases of what was recorded on a running kernel. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

import { copy_rows, OPEN } from "../api/rows.mjs";
import { sql } from "../api/sqlite.mjs";

const collector =
  process.env.VMASCOPE_COLLECTOR ??
  new URL("../../build/collector/vmascope-collector", import.meta.url).pathname;
const recordings = new URL("../recordings/", import.meta.url).pathname;

/**
 * Replays a recording, one that is kept compressed too:
 *   demo      the forking server of ./dev demo; three snapshots
 *   prefork   a server with 50 workers, 54 after a while; three snapshots
 *   wide      a server with 480 workers whose largest tree has 100,000 AVCs; one snapshot
 */
export function replay(name, path) {
  let file = join(recordings, `${name}.vmascope`);
  let unpacked = null;
  if (!existsSync(file)) {
    unpacked = `${path}.${name}`;
    writeFileSync(unpacked, gunzipSync(readFileSync(`${file}.gz`)));
    file = unpacked;
  }
  execFileSync(collector, ["--replay", file, "--db", path], { stdio: ["ignore", "ignore", "inherit"] });
  if (unpacked) rmSync(unpacked);
}

export const create_demo_database = (path) => replay("demo", path);

/**
 * A history of the recorded server. 1 to 3 are as recorded: workers are forked and
 * exit, a launcher that is gone leaves idle anon_vmas. In 4 a worker has called
 * mprotect() on the second page of an area, which makes its VMA three; 5 is as 4;
 * 6 is of another boot. 1 and 3 have labels, of which one was given twice.
 */
export function create_changes_database(path) {
  create_demo_database(path);
  const copy = (id, from, changes) =>
    `CREATE TEMP TABLE s AS SELECT * FROM snapshot WHERE id = ${from};
     UPDATE s SET id = ${id}, label = NULL, taken_ns = taken_ns + ${id - from} * 3600000000000, ${changes};
     INSERT INTO snapshot SELECT * FROM s; DROP TABLE s;`;
  /* The new version of a row: the old one with changes, from snapshot 4 on. */
  const revise = (table, where, changes) =>
    `${copy_rows("r", table, `${where} AND died = ${OPEN}`)}
     UPDATE ${table} SET died = 4 WHERE ${where} AND died = ${OPEN};
     UPDATE r SET row = NULL, born = 4, ${changes};
     INSERT INTO ${table} SELECT * FROM r; DROP TABLE r;`;
  sql(
    path,
    `BEGIN;
     UPDATE snapshot SET label = 'load' WHERE id IN (1, 2);
     UPDATE snapshot SET label = 'after the load' WHERE id = 3;
     ${copy(4, 3, "vmas = vmas + 2, avcs = avcs + 4, object_bytes = object_bytes + 2 * 192 + 4 * 64")}
     CREATE TEMP TABLE hit AS SELECT v.row, v.mm, v.anon_vma, v.root FROM vma v JOIN process p ON p.mm = v.mm
       WHERE p.comm = 'worker' AND p.died = ${OPEN} AND v.died = ${OPEN} AND v.chain_length = 2
         AND v.vm_end - v.vm_start = 8 * 4096 AND v.file IS NULL
       ORDER BY v.mm, v.vm_start LIMIT 1;
     ${copy_rows("one", "vma", "row = (SELECT row FROM hit)")}
     CREATE TEMP TABLE part AS SELECT one.*, k.value AS k FROM one, json_each('[0, 1, 2]') k;
     UPDATE vma SET died = 4 WHERE row = (SELECT row FROM hit);
     UPDATE part SET row = NULL, born = 4, vm_flags = vm_flags - (k = 1) * 2,
       vm_pgoff = vm_pgoff + k, vm_end = iif(k = 2, vm_end, vm_start + (k + 1) * 4096), vm_start = vm_start + k * 4096;
     ALTER TABLE part DROP COLUMN k;
     INSERT INTO vma SELECT * FROM part;
     ${revise("anon_vma", "id = (SELECT anon_vma FROM hit)", "num_active_vmas = num_active_vmas + 2")}
     ${revise("mm", "id = (SELECT mm FROM hit)", "vmas = vmas + 2, avcs = avcs + 4, map_count = map_count + 2, fork_vmas = fork_vmas + 2, fork_avcs = fork_avcs + 6")}
     ${revise("tree", "id = (SELECT root FROM hit)", "vmas = vmas + 2, avcs = avcs + 4, object_bytes = object_bytes + 4 * 64")}
     INSERT INTO boot SELECT 2, '0ddba11-0000', host, '6.18.44', machine, page_size, vma_bytes, anon_vma_bytes,
       avc_bytes, split_counters, has_anon_pgoff FROM boot WHERE id = 1;
     ${copy(5, 4, "pinned = 1")}
     ${["process", "mm", "vma", "anon_vma", "anon_vma_state", "tree", "finding"]
       .map((table) => `UPDATE ${table} SET died = 6 WHERE died = ${OPEN};`)
       .join("\n")}
     INSERT INTO process SELECT NULL, id + 1000, 6, ${OPEN}, tgid, ppid, uid, start_ns, exec_id, comm, exe, cgroup,
       cgroup_path, mm + 1000 FROM process WHERE born <= 3 AND died = 6 AND comm IN ('webserver', 'worker');
     INSERT INTO process SELECT NULL, id + 2000, 6, ${OPEN}, tgid + 1, ppid, uid, start_ns, exec_id, comm, exe, cgroup,
       cgroup_path, mm + 1000 FROM process WHERE born = 6 AND comm = 'worker';
     CREATE TEMP TABLE m AS SELECT * FROM mm WHERE died = 6 AND id + 1000 IN (SELECT mm FROM process WHERE born = 6);
     UPDATE m SET row = NULL, id = id + 1000, process = process + 1000, born = 6, died = ${OPEN};
     INSERT INTO mm SELECT * FROM m;
     ${copy(6, 5, "boot = 2, pinned = 0, processes = 5, mms = 3, trees = 0, anon_vmas = 0, idle_anon_vmas = 0, missed_reuse = 0, (vmas, avcs, object_bytes) = (SELECT sum(vmas), sum(avcs), sum(vmas) * 192 + sum(avcs) * 64 FROM m)")}
     COMMIT;`,
  );
}
