/* SPDX-License-Identifier: GPL-2.0-only */
#include "store_list.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "store_internal.h"

/* clang-format off */

#define SNAPSHOTS(condition)                                                                       \
	"SELECT s.id, s.taken_ns, s.pinned, s.tree_tgid, s.label, s.boot, b.boot_id, b.host, "     \
	"b.release, b.machine, b.page_size, b.vma_bytes, b.anon_vma_bytes, b.avc_bytes, "          \
	"s.processes, s.mms, s.vmas, s.anon_vmas, s.avcs, s.trees, s.files, s.idle_anon_vmas, "    \
	"s.missed_groups, s.missed_reuse, s.max_chain, s.max_depth, s.object_bytes, "              \
	"s.torn_mms = 0 AND s.cut_mms = 0 AND s.undescribed_anon_vmas = 0 AS complete, "           \
	"s.torn_mms, s.rewalked_mms, s.cut_mms, s.moved_anon_vmas, s.undescribed_anon_vmas, "      \
	"s.walk_ns, s.identity_ns, s.analyse_ns, s.store_ns, s.cpu_ns, s.stream_bytes "            \
	"FROM snapshot s JOIN boot b ON b.id = s.boot WHERE " condition " ORDER BY s.id DESC"

/* By pid a process is found at once, but a walk by pid would visit every process
 * that ever had it; a list starts from those that had not died yet. */
#define PROCESSES(index, condition)                                                                \
	"SELECT p.tgid AS pid, p.ppid, p.uid, p.comm, f.path AS exe, p.start_ns, "                 \
	"nullif(p.cgroup_path, '') AS cgroup, p.id AS process_id, p.mm AS mm_id, "                 \
	"EXISTS (SELECT 1 FROM process o WHERE o.mm = p.mm AND o.tgid <> p.tgid "                  \
	"AND o.born <= ?1 AND o.died > ?1) AS mm_shared, "                                         \
	"m.vmas, m.anon_vmas, m.avcs, m.trees, m.missed_groups, m.missed_reuse, m.max_chain, "     \
	"m.map_count, m.torn, m.cut, "                                                             \
	"u.anon_rss_pages * b.page_size AS anon_rss_bytes, "                                       \
	"u.file_rss_pages * b.page_size AS file_rss_bytes, "                                       \
	"u.shmem_rss_pages * b.page_size AS shmem_rss_bytes, "                                     \
	"u.swap_pages * b.page_size AS swap_bytes, u.pgtables_bytes "                              \
	"FROM snapshot s CROSS JOIN boot b ON b.id = s.boot "                                      \
	"CROSS JOIN process p INDEXED BY " index " ON p.born <= ?1 AND p.died > ?1 "               \
	"JOIN mm m ON m.id = p.mm AND m.born <= ?1 AND m.died > ?1 "                               \
	"LEFT JOIN mm_usage u ON u.mm = p.mm AND u.born <= ?1 AND u.died > ?1 "                    \
	"LEFT JOIN file f ON f.id = p.exe AND f.born <= ?1 AND f.died > ?1 "                       \
	"WHERE s.id = ?1 AND " condition

#define VMAS                                                                                       \
	"SELECT v.vm_start, v.vm_end, v.vm_pgoff, v.vm_flags, f.id IS NOT NULL AS has_file, "      \
	"f.dev, f.ino, f.path, v.name, v.anon_vma, v.root, v.chain, "                                      \
	"v.anon_pgoff IS NOT NULL AS has_anon_pgoff, v.anon_pgoff, v.policy AS numa_policy "       \
	"FROM vma v INDEXED BY vma_by_mm "                                                         \
	"LEFT JOIN file f ON f.id = v.file AND f.born <= ?1 AND f.died > ?1 "                      \
	"WHERE v.mm = ?2 AND v.vm_start > ?3 AND v.born <= ?1 AND v.died > ?1 "                    \
	"ORDER BY v.vm_start LIMIT ?4"

/* The page of trees first, its names afterwards: the other way round every tree
 * of the system would be looked up for each page. */
#define TREES(key, source, way, limit)                                                             \
	"SELECT t.id AS root, p.tgid AS pid, p.comm, f.path AS exe, "                              \
	"t.anon_vmas, t.idle_anon_vmas, t.vmas, t.avcs, t.mms, t.depth, t.max_chain, "             \
	"t.missed_groups, t.missed_reuse, t.object_bytes, t.sort_key "                             \
	"FROM (SELECT *, " key " AS sort_key FROM tree INDEXED BY " source                         \
	" AND born <= ?1 AND died > ?1 ORDER BY " key way ", id" way limit ") t "                  \
	"LEFT JOIN process p ON p.id = t.process AND p.born <= ?1 AND p.died > ?1 "                \
	"LEFT JOIN file f ON f.id = p.exe AND f.born <= ?1 AND f.died > ?1 "                       \
	"ORDER BY t.sort_key" way ", t.id" way

#define TREES_UP(key)                                                                              \
	TREES(key, "tree_by_died WHERE (" key ", id) > (?2, ?3)", "", " LIMIT ?4")
#define TREES_DOWN(key)                                                                            \
	TREES(key, "tree_by_died WHERE (" key ", id) < (?2, ?3)", " DESC", " LIMIT ?4")

/* X(name, column): how a list of trees can be ordered. */
#define TREE_SORTS(X)                                                                              \
	X(MISSED_REUSE, "missed_reuse")                                                            \
	X(ANON_VMAS, "anon_vmas")                                                                  \
	X(AVCS, "avcs")                                                                            \
	X(VMAS, "vmas")                                                                            \
	X(MMS, "mms")                                                                              \
	X(DEPTH, "depth")                                                                          \
	X(MAX_CHAIN, "max_chain")                                                                  \
	X(OBJECT_BYTES, "object_bytes")                                                            \
	X(ROOT, "id")

/* clang-format on */

enum list_statement {
	LIST_SNAPSHOTS,
	LIST_SNAPSHOT,
	LIST_SNAPSHOT_COUNT,
	LIST_PROCESSES,
	LIST_PROCESS,
	LIST_VMAS,
	LIST_TREE,
	LIST_TREES_UP,
	LIST_TREES_DOWN = LIST_TREES_UP + STORE_TREE_SORT_COUNT,
	LIST_STATEMENT_COUNT = LIST_TREES_DOWN + STORE_TREE_SORT_COUNT,
};

static const char *const statements[LIST_STATEMENT_COUNT] = {
	[LIST_SNAPSHOTS] = SNAPSHOTS("s.id < ?1") " LIMIT ?2",
	[LIST_SNAPSHOT] = SNAPSHOTS("s.id = ?1"),
	[LIST_SNAPSHOT_COUNT] = "SELECT count(*) FROM snapshot",
	[LIST_PROCESSES] = PROCESSES("process_by_died", "p.tgid > ?2 AND p.tgid <= ?3 "
							"AND (?4 IS NULL OR p.comm = ?4) "
							"ORDER BY p.tgid LIMIT ?5"),
	[LIST_PROCESS] = PROCESSES("process_by_tgid", "p.tgid = ?2"),
	[LIST_VMAS] = VMAS,
	[LIST_TREE] = TREES("id", "tree_by_id WHERE id = ?2", "", ""),
#define UP(name, column) [LIST_TREES_UP + STORE_TREES_BY_##name] = TREES_UP(column),
#define DOWN(name, column) [LIST_TREES_DOWN + STORE_TREES_BY_##name] = TREES_DOWN(column),
	TREE_SORTS(UP) TREE_SORTS(DOWN)
#undef UP
#undef DOWN
};

const char *store_list_statement(unsigned int i)
{
	return i < LIST_STATEMENT_COUNT ? statements[i] : NULL;
}

/* Where a result column goes in the row struct; NULL is 0 or no text. */
struct column {
	const char *name; /* of the column, which is that of the member */
	uint16_t offset;
	bool text;
};

#define INTEGER(type, member)                                                           \
	{                                                                               \
		.name = #member, .offset = offsetof(struct store_##type##_row, member), \
	}
#define TEXT(type, member)                                                              \
	{                                                                               \
		.name = #member, .offset = offsetof(struct store_##type##_row, member), \
		.text = true,                                                           \
	}

static const struct column snapshot_columns[] = {
	INTEGER(snapshot, id),
	INTEGER(snapshot, taken_ns),
	INTEGER(snapshot, pinned),
	INTEGER(snapshot, tree_tgid),
	TEXT(snapshot, label),
	INTEGER(snapshot, boot),
	TEXT(snapshot, boot_id),
	TEXT(snapshot, host),
	TEXT(snapshot, release),
	TEXT(snapshot, machine),
	INTEGER(snapshot, page_size),
	INTEGER(snapshot, vma_bytes),
	INTEGER(snapshot, anon_vma_bytes),
	INTEGER(snapshot, avc_bytes),
	INTEGER(snapshot, processes),
	INTEGER(snapshot, mms),
	INTEGER(snapshot, vmas),
	INTEGER(snapshot, anon_vmas),
	INTEGER(snapshot, avcs),
	INTEGER(snapshot, trees),
	INTEGER(snapshot, files),
	INTEGER(snapshot, idle_anon_vmas),
	INTEGER(snapshot, missed_groups),
	INTEGER(snapshot, missed_reuse),
	INTEGER(snapshot, max_chain),
	INTEGER(snapshot, max_depth),
	INTEGER(snapshot, object_bytes),
	INTEGER(snapshot, complete),
	INTEGER(snapshot, torn_mms),
	INTEGER(snapshot, rewalked_mms),
	INTEGER(snapshot, cut_mms),
	INTEGER(snapshot, moved_anon_vmas),
	INTEGER(snapshot, undescribed_anon_vmas),
	INTEGER(snapshot, walk_ns),
	INTEGER(snapshot, identity_ns),
	INTEGER(snapshot, analyse_ns),
	INTEGER(snapshot, store_ns),
	INTEGER(snapshot, cpu_ns),
	INTEGER(snapshot, stream_bytes),
};

static const struct column process_columns[] = {
	INTEGER(process, pid),
	INTEGER(process, ppid),
	INTEGER(process, uid),
	TEXT(process, comm),
	TEXT(process, exe),
	INTEGER(process, start_ns),
	TEXT(process, cgroup),
	INTEGER(process, process_id),
	INTEGER(process, mm_id),
	INTEGER(process, mm_shared),
	INTEGER(process, vmas),
	INTEGER(process, anon_vmas),
	INTEGER(process, avcs),
	INTEGER(process, trees),
	INTEGER(process, missed_groups),
	INTEGER(process, missed_reuse),
	INTEGER(process, max_chain),
	INTEGER(process, map_count),
	INTEGER(process, torn),
	INTEGER(process, cut),
	INTEGER(process, anon_rss_bytes),
	INTEGER(process, file_rss_bytes),
	INTEGER(process, shmem_rss_bytes),
	INTEGER(process, swap_bytes),
	INTEGER(process, pgtables_bytes),
};

static const struct column vma_columns[] = {
	INTEGER(vma, vm_start),
	INTEGER(vma, vm_end),
	INTEGER(vma, vm_pgoff),
	INTEGER(vma, vm_flags),
	INTEGER(vma, has_file),
	INTEGER(vma, dev),
	INTEGER(vma, ino),
	TEXT(vma, path),
	TEXT(vma, name),
	INTEGER(vma, anon_vma),
	INTEGER(vma, root),
	TEXT(vma, chain),
	INTEGER(vma, has_anon_pgoff),
	INTEGER(vma, anon_pgoff),
	INTEGER(vma, numa_policy),
};

static const struct column tree_columns[] = {
	INTEGER(tree, root),
	INTEGER(tree, pid),
	TEXT(tree, comm),
	TEXT(tree, exe),
	INTEGER(tree, anon_vmas),
	INTEGER(tree, idle_anon_vmas),
	INTEGER(tree, vmas),
	INTEGER(tree, avcs),
	INTEGER(tree, mms),
	INTEGER(tree, depth),
	INTEGER(tree, max_chain),
	INTEGER(tree, missed_groups),
	INTEGER(tree, missed_reuse),
	INTEGER(tree, object_bytes),
	INTEGER(tree, sort_key),
};

struct row_kind {
	const struct column *columns;
	int column_count;
};

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const struct row_kind snapshot_kind = {snapshot_columns, COUNT(snapshot_columns)};
static const struct row_kind process_kind = {process_columns, COUNT(process_columns)};
static const struct row_kind vma_kind = {vma_columns, COUNT(vma_columns)};
static const struct row_kind tree_kind = {tree_columns, COUNT(tree_columns)};

union row {
	struct store_snapshot_row snapshot;
	struct store_process_row process;
	struct store_vma_row vma;
	struct store_tree_row tree;
};

/* A statement on its way. Bindings need no check: their numbers are those of
 * the statement, and a text stays the caller's. */
struct list {
	struct store *store;
	const struct row_kind *kind;
	sqlite3_stmt *statement;
};

static void list_close(struct list *list)
{
	sqlite3_finalize(list->statement);
}

/* The statement and the row struct are written down apart: that they belong
 * together is checked here, not believed. */
static int check_columns(const struct list *list)
{
	const struct row_kind *kind = list->kind;

	if (sqlite3_column_count(list->statement) != kind->column_count)
		return -EPROTO;
	for (int i = 0; i < kind->column_count; i++)
		if (strcmp(sqlite3_column_name(list->statement, i), kind->columns[i].name) != 0)
			return -EPROTO;
	return 0;
}

static int list_open(struct list *list, enum list_statement statement)
{
	const char *sql = statements[statement];

	if (sqlite3_prepare_v2(list->store->db, sql, -1, &list->statement, NULL) != SQLITE_OK)
		return store_fail(list->store, "cannot prepare a list");
	return list->kind ? check_columns(list) : 0;
}

static struct store_text column_text(sqlite3_stmt *statement, int i)
{
	struct store_text text = {.bytes = sqlite3_column_blob(statement, i)};

	text.size = (size_t)sqlite3_column_bytes(statement, i);
	/* an empty value comes as a NULL pointer too */
	if (!text.bytes && sqlite3_column_type(statement, i) != SQLITE_NULL)
		text.bytes = "";
	return text;
}

static void read_row(const struct list *list, union row *row)
{
	for (int i = 0; i < list->kind->column_count; i++) {
		void *member = (char *)row + list->kind->columns[i].offset;

		if (list->kind->columns[i].text)
			*(struct store_text *)member = column_text(list->statement, i);
		else
			*(int64_t *)member = sqlite3_column_int64(list->statement, i);
	}
}

static int list_visit(struct list *list, store_visit visit, void *context)
{
	union row row = {0};
	int rc = 0;
	int code;

	while (rc == 0 && (code = sqlite3_step(list->statement)) != SQLITE_DONE) {
		if (code != SQLITE_ROW)
			return store_fail(list->store, "cannot read a list");
		read_row(list, &row);
		rc = visit(context, &row);
	}
	return rc < 0 ? rc : 0;
}

int store_read_begin(struct store *store)
{
	return store_exec(store, "BEGIN");
}

void store_read_end(struct store *store)
{
	if (!sqlite3_get_autocommit(store->db))
		store_exec(store, "COMMIT");
}

int store_list_snapshots(struct store *store, int64_t before, uint32_t limit, store_visit visit,
			 void *context)
{
	__attribute__((cleanup(list_close))) struct list list = {store, &snapshot_kind, NULL};
	int rc = list_open(&list, LIST_SNAPSHOTS);

	if (rc)
		return rc;
	sqlite3_bind_int64(list.statement, 1, before);
	sqlite3_bind_int64(list.statement, 2, limit);
	return list_visit(&list, visit, context);
}

int store_find_snapshot(struct store *store, int64_t id, store_visit visit, void *context)
{
	__attribute__((cleanup(list_close))) struct list list = {store, &snapshot_kind, NULL};
	int rc = list_open(&list, LIST_SNAPSHOT);

	if (rc)
		return rc;
	sqlite3_bind_int64(list.statement, 1, id);
	return list_visit(&list, visit, context);
}

int store_count_snapshots(struct store *store, int64_t *ret_count)
{
	__attribute__((cleanup(list_close))) struct list list = {store, NULL, NULL};
	int rc = list_open(&list, LIST_SNAPSHOT_COUNT);

	if (rc)
		return rc;
	if (sqlite3_step(list.statement) != SQLITE_ROW)
		return store_fail(store, "cannot count the snapshots");
	*ret_count = sqlite3_column_int64(list.statement, 0);
	return 0;
}

int store_list_processes(struct store *store, const struct store_process_query *query,
			 store_visit visit, void *context)
{
	__attribute__((cleanup(list_close))) struct list list = {store, &process_kind, NULL};
	int rc = list_open(&list, LIST_PROCESSES);

	if (rc)
		return rc;
	sqlite3_bind_int64(list.statement, 1, query->snapshot);
	sqlite3_bind_int64(list.statement, 2, query->after_pid);
	sqlite3_bind_int64(list.statement, 3, query->last_pid);
	sqlite3_bind_text(list.statement, 4, query->comm, -1, SQLITE_STATIC);
	sqlite3_bind_int64(list.statement, 5, query->limit);
	return list_visit(&list, visit, context);
}

int store_find_process(struct store *store, int64_t snapshot, int64_t pid, store_visit visit,
		       void *context)
{
	__attribute__((cleanup(list_close))) struct list list = {store, &process_kind, NULL};
	int rc = list_open(&list, LIST_PROCESS);

	if (rc)
		return rc;
	sqlite3_bind_int64(list.statement, 1, snapshot);
	sqlite3_bind_int64(list.statement, 2, pid);
	return list_visit(&list, visit, context);
}

int store_list_vmas(struct store *store, const struct store_vma_query *query, store_visit visit,
		    void *context)
{
	__attribute__((cleanup(list_close))) struct list list = {store, &vma_kind, NULL};
	int rc = list_open(&list, LIST_VMAS);

	if (rc)
		return rc;
	sqlite3_bind_int64(list.statement, 1, query->snapshot);
	sqlite3_bind_int64(list.statement, 2, query->mm_id);
	sqlite3_bind_int64(list.statement, 3, query->after_start);
	sqlite3_bind_int64(list.statement, 4, query->limit);
	return list_visit(&list, visit, context);
}

int store_list_trees(struct store *store, const struct store_tree_query *query, store_visit visit,
		     void *context)
{
	__attribute__((cleanup(list_close))) struct list list = {store, &tree_kind, NULL};
	/* a key before the first row in either direction */
	int64_t start = query->descending ? INT64_MAX : INT64_MIN;
	unsigned int first = query->descending ? LIST_TREES_DOWN : LIST_TREES_UP;
	int rc = list_open(&list, (enum list_statement)(first + query->sort));

	if (rc)
		return rc;
	sqlite3_bind_int64(list.statement, 1, query->snapshot);
	sqlite3_bind_int64(list.statement, 2, query->resume ? query->after_key : start);
	sqlite3_bind_int64(list.statement, 3, query->resume ? query->after_root : start);
	sqlite3_bind_int64(list.statement, 4, query->limit);
	return list_visit(&list, visit, context);
}

int store_find_tree(struct store *store, int64_t snapshot, int64_t root, store_visit visit,
		    void *context)
{
	__attribute__((cleanup(list_close))) struct list list = {store, &tree_kind, NULL};
	int rc = list_open(&list, LIST_TREE);

	if (rc)
		return rc;
	sqlite3_bind_int64(list.statement, 1, snapshot);
	sqlite3_bind_int64(list.statement, 2, root);
	return list_visit(&list, visit, context);
}
