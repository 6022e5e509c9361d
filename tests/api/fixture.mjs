/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A database with a topology that is known exactly, in the real schema.
 *
 * Snapshot 1: init (pid 1, one faulted VMA, tree 4) and postgres (pid 100) whose
 * three VMAs share the root 3. Snapshot 2: postgres has forked pid 101. Of its
 * VMAs two got anon_vmas of their own under 3 (17, 18: one missed), a third is
 * linked to 3 and the idle 300, and pid 102 shares its mm (vfork). Pid 101 calls
 * itself something a careless writer would choke on.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const migrations = new URL("../../schema/migrations/", import.meta.url);

export const OPEN = "9223372036854775807";
export const APPLICATION_ID = 0x766d7363;
export const TAKEN_NS = [1795228398123456789n, 1795228408000000005n];

/* Bytes as a hex literal that SQLite stores as TEXT, whatever they are. */
export const bytes = (buffer) => `CAST(x'${Buffer.from(buffer).toString("hex")}' AS TEXT)`;

/* ids in list order, unsigned LEB128 each */
export function chain(...ids) {
  const out = [];
  for (let id of ids) {
    for (; id > 127; id >>= 7) out.push((id & 127) | 128);
    out.push(id);
  }
  return `x'${Buffer.from(out).toString("hex")}'`;
}

/* quote, backslash, tag, tab, ESC, a cut UTF-8 sequence, a lone 0xff: 15 bytes */
export const HOSTILE_COMM = Buffer.from([
  0x22, 0x5c, 0x3c, 0x73, 0x3e, 0x09, 0x1b, 0xe2, 0x82, 0xff, 0xc3, 0xa9, 0x7f, 0x27, 0x3d,
]);
export const HOSTILE_COMM_JSON = '"\\"\\\\<s>\\u0009\\u001b\ufffd\ufffdé\\u007f\'="';
export const HOSTILE_PATH = Buffer.concat([
  Buffer.from('/tmp/<script>"\n'),
  Buffer.from([0xed, 0xa0, 0x80, 0xc2, 0x9b]),
  Buffer.from("\u{1f9ea}"),
]);
/* a surrogate is three wrong bytes; C1 controls are escaped; the rest stays */
export const HOSTILE_PATH_JSON = '"/tmp/<script>\\"\\u000a\ufffd\ufffd\ufffd\\u009b\u{1f9ea}"';

const rows = (table, columns, ...values) =>
  `INSERT INTO ${table} (${columns}) VALUES\n${values.map((v) => `(${v.join(", ")})`).join(",\n")};\n`;

const snapshot_columns =
  "id, boot, taken_ns, label, pinned, tree_tgid, processes, mms, vmas, anon_vmas, avcs, trees, files, " +
  "idle_anon_vmas, missed_groups, missed_reuse, max_chain, max_depth, object_bytes, torn_mms, rewalked_mms, " +
  "cut_mms, moved_anon_vmas, undescribed_anon_vmas, walk_ns, identity_ns, analyse_ns, store_ns, cpu_ns, stream_bytes";
const mm_columns =
  "born, died, id, process, torn, cut, map_count, tree_height, total_pages, data_pages, stack_pages, exec_pages, " +
  "locked_pages, vmas, anon_vmas, avcs, trees, missed_groups, missed_reuse, max_chain";
const vma_columns =
  "born, died, mm, vm_start, vm_end, vm_pgoff, anon_pgoff, vm_flags, file, policy, anon_vma, root, chain_length, chain";
const tree_columns =
  "born, died, id, process, anon_vmas, idle_anon_vmas, avcs, vmas, mms, depth, max_chain, missed_groups, " +
  "missed_reuse, object_bytes";

const RW = 0x100073; /* VM_READ | VM_WRITE | VM_MAY… */
const RX = 0x75;
const SHARED = 0xfb;

function small_topology() {
  return [
    rows(
      "boot",
      "id, boot_id, host, release, machine, page_size, vma_bytes, anon_vma_bytes, avc_bytes, split_counters, has_anon_pgoff",
      [1, "'b0071d'", "'testhost'", "'6.18.44'", "'x86_64'", 4096, 192, 104, 64, 1, 0],
    ),
    rows(
      "snapshot",
      snapshot_columns,
      [
        1,
        1,
        TAKEN_NS[0],
        "NULL",
        0,
        0,
        2,
        2,
        6,
        2,
        4,
        2,
        2,
        0,
        0,
        0,
        1,
        0,
        1616,
        0,
        0,
        0,
        0,
        0,
        11,
        12,
        13,
        14,
        15,
        16,
      ],
      [
        2,
        1,
        TAKEN_NS[1],
        "'after the fork'",
        1,
        100,
        4,
        3,
        9,
        5,
        12,
        2,
        2,
        1,
        1,
        1,
        3,
        1,
        3016,
        1,
        2,
        0,
        1,
        0,
        21,
        22,
        23,
        24,
        25,
        26,
      ],
    ),
    rows(
      "file",
      "id, born, died, dev, ino, path",
      [1, 1, OPEN, 0xfe << 20, 123, "'/usr/lib/postgres'"],
      [2, 1, OPEN, (8 << 20) | 1, -1, bytes(HOSTILE_PATH)],
    ),
    rows(
      "process",
      "id, born, died, tgid, ppid, uid, start_ns, exec_id, comm, exe, cgroup, cgroup_path, mm",
      [1, 1, OPEN, 1, 0, 0, 7, 1, "'init'", "NULL", 0, "''", 1],
      [2, 1, OPEN, 100, 1, 26, 1000, 1, "'postgres'", 1, 55, "'/db.slice'", 5],
      [3, 2, OPEN, 101, 100, 26, 2000, 1, bytes(HOSTILE_COMM), 1, 55, "'/db.slice'", 6],
      [4, 2, OPEN, 102, 101, 26, 3000, 1, "'postgres'", 1, 55, "'/db.slice'", 6],
    ),
    rows(
      "mm",
      mm_columns,
      [1, OPEN, 1, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 1],
      [1, 2, 5, 2, 0, 0, 5, 1, 5, 0, 0, 0, 0, 5, 1, 3, 1, 0, 0, 1],
      [2, OPEN, 5, 2, 0, 0, 5, 2, 5, 0, 0, 0, 0, 5, 1, 3, 1, 0, 0, 1],
      [2, OPEN, 6, 3, 1, 0, 3, 1, 3, 0, 0, 0, 0, 3, 3, 8, 1, 1, 1, 3],
    ),
    rows(
      "mm_usage",
      "mm, born, died, file_rss_pages, anon_rss_pages, shmem_rss_pages, swap_pages, pgtables_bytes",
      [1, 1, OPEN, 1, 2, 3, 4, 8192],
      [5, 1, 2, 10, 20, 30, 40, 12288],
      [5, 2, OPEN, 11, 21, 31, 41, 12288],
    ),
    rows(
      "vma",
      vma_columns,
      [1, OPEN, 1, 0x1000, 0x2000, 1, "NULL", RW, "NULL", 0, 4, 4, 1, chain(4)],
      [1, OPEN, 5, 0x400000, 0x401000, 0, "NULL", RX, 1, 0, "NULL", "NULL", 0, "NULL"],
      [1, OPEN, 5, 0x500000, 0x501000, 0x500, "NULL", RW, "NULL", 1, 3, 3, 1, chain(3)],
      [1, OPEN, 5, 0x501000, 0x502000, 0x501, "NULL", RW, "NULL", 0, 3, 3, 1, chain(3)],
      [1, 2, 5, 0x502000, 0x503000, 0x502, "NULL", RW, "NULL", 0, 3, 3, 1, chain(3)],
      [2, OPEN, 5, 0x502000, 0x503000, 0x502, "NULL", RX, "NULL", 0, 3, 3, 1, chain(3)],
      [1, OPEN, 5, 0x7fff00000000, 0x7fff00001000, 0, 0x7f, SHARED, 2, 0, "NULL", "NULL", 0, "NULL"],
      [2, OPEN, 6, 0x500000, 0x501000, 0x500, "NULL", RW, "NULL", 0, 17, 3, 2, chain(17, 3)],
      [2, OPEN, 6, 0x501000, 0x502000, 0x501, "NULL", RW, "NULL", 0, 18, 3, 2, chain(18, 3)],
      [2, OPEN, 6, 0x502000, 0x503000, 0x502, "NULL", RX, "NULL", 0, 301, 3, 3, chain(301, 300, 3)],
    ),
    rows(
      "anon_vma",
      "id, born, died, root, parent, num_children, num_active_vmas, described",
      [4, 1, OPEN, 4, 4, 1, 1, 1],
      [3, 1, 2, 3, 3, 1, 3, 1],
      [3, 2, OPEN, 3, 3, 4, 3, 1],
      [17, 2, OPEN, 3, 3, 0, 1, 1],
      [18, 2, OPEN, 3, 3, 0, 1, 1],
      [300, 2, OPEN, 3, 3, 1, 0, 1],
      [301, 2, OPEN, 3, 300, 0, 1, 1],
    ),
    rows("anon_vma_state", "anon_vma, born, died, refcount, rwsem_count", [3, 2, OPEN, 5, 257]),
    rows(
      "tree",
      tree_columns,
      [1, OPEN, 4, 1, 1, 0, 1, 1, 1, 0, 1, 0, 0, 168],
      [1, 2, 3, 2, 1, 0, 3, 3, 1, 0, 1, 0, 0, 296],
      [2, OPEN, 3, 2, 5, 1, 10, 6, 2, 2, 3, 1, 1, 1160],
    ),
    "UPDATE vma SET name = 'arena' WHERE vm_start = 0x501000;\n",
  ].join("");
}

/* Runs SQL on a database file; what it creates it creates as the collector does:
 * with a write-ahead log that stays. */
export function sql(path, text) {
  execFileSync("sqlite3", ["-batch", "-bail", path], {
    input: `.filectrl persist_wal 1\n${text}`,
    stdio: ["pipe", "pipe", "inherit"],
  });
}

export function create_schema(path) {
  const files = readdirSync(migrations)
    .filter((name) => name.endsWith(".sql"))
    .sort();
  const text = files.map((name) => readFileSync(new URL(name, migrations), "utf8")).join("\n");
  sql(
    path,
    `PRAGMA journal_mode = WAL;\nBEGIN;\n${text}\nPRAGMA application_id = ${APPLICATION_ID};\n` +
      `PRAGMA user_version = ${files.length};\nCOMMIT;\n`,
  );
}

export function create_database(path) {
  create_schema(path);
  sql(path, `BEGIN;\n${small_topology()}COMMIT;\n`);
}

/* n processes of one mm each, n trees of one anon_vma, for paging. */
export function create_many(path, n) {
  create_schema(path);
  const ids = Array.from({ length: n }, (_, i) => i + 1);
  sql(
    path,
    "BEGIN;\n" +
      [
        rows(
          "boot",
          "id, boot_id, host, release, machine, page_size, vma_bytes, anon_vma_bytes, avc_bytes, split_counters, has_anon_pgoff",
          [1, "'b'", "'h'", "'r'", "'m'", 4096, 192, 104, 64, 1, 0],
        ),
        rows(
          "snapshot",
          snapshot_columns,
          ...ids.map((id) => [id, 1, TAKEN_NS[0] + BigInt(id), ...Array(27).fill(0)]),
        ),
        rows(
          "process",
          "id, born, died, tgid, ppid, uid, start_ns, exec_id, comm, exe, cgroup, cgroup_path, mm",
          ...ids.map((id) => [id, 1, OPEN, id * 3, 0, 0, id, 1, `'worker ${id % 2}'`, "NULL", 0, "''", id]),
        ),
        rows("mm", mm_columns, ...ids.map((id) => [1, OPEN, id, id, ...Array(16).fill(0)])),
        rows(
          "vma",
          vma_columns,
          ...ids.map((id) => [
            1,
            OPEN,
            1,
            id * 4096,
            id * 4096 + 4096,
            0,
            "NULL",
            RW,
            "NULL",
            0,
            "NULL",
            "NULL",
            0,
            "NULL",
          ]),
        ),
        rows(
          "tree",
          tree_columns,
          ...ids.map((id) => [1, OPEN, id, id, id % 3, 0, 0, 0, 0, 0, 0, 0, 0, 1000 - id]),
        ),
      ].join("") +
      "COMMIT;\n",
  );
}

/* A directory of its own for a test, removed after it. */
export function scratch(context) {
  const directory = mkdtempSync(join(tmpdir(), "vmascope-api-"));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
