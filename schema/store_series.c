/* SPDX-License-Identifier: GPL-2.0-only */
#include "store_series.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store_internal.h"
#include "store_rows.h"

/* clang-format off */

/* X(name, expression) */
#define TOTALS(X)                                                                                  \
	X(processes, "s.processes")                                                                \
	X(mms, "s.mms")                                                                            \
	X(vmas, "s.vmas")                                                                          \
	X(anon_vmas, "s.anon_vmas")                                                                \
	X(avcs, "s.avcs")                                                                          \
	X(trees, "s.trees")                                                                        \
	X(object_bytes, "s.object_bytes")                                                          \
	X(missed_groups, "s.missed_groups")                                                        \
	X(missed_reuse, "s.missed_reuse")                                                          \
	X(blocked_merges, "s.blocked_merges")                                                      \
	X(reused_vmas, "s.reused_vmas")                                                            \
	X(idle_anon_vmas, "s.idle_anon_vmas")                                                      \
	X(reusable_anon_vmas, "s.reusable_anon_vmas")                                              \
	X(max_chain, "s.max_chain")                                                                \
	X(max_depth, "s.max_depth")                                                                \
	X(rmap_max_visits, "s.rmap_max_visits")                                                    \
	X(torn_mms, "s.torn_mms")                                                                  \
	X(rewalked_mms, "s.rewalked_mms")                                                          \
	X(cut_mms, "s.cut_mms")                                                                    \
	X(walk_ns, "s.walk_ns")                                                                    \
	X(identity_ns, "s.identity_ns")                                                            \
	X(analyse_ns, "s.analyse_ns")                                                              \
	X(store_ns, "s.store_ns")                                                                  \
	X(cpu_ns, "s.cpu_ns")                                                                      \
	X(stream_bytes, "s.stream_bytes")

#define OF_MM(X)                                                                                   \
	X(vmas, "m.vmas")                                                                          \
	X(anon_vmas, "m.anon_vmas")                                                                \
	X(avcs, "m.avcs")                                                                          \
	X(trees, "m.trees")                                                                        \
	X(reused_vmas, "m.reused_vmas")                                                            \
	X(missed_groups, "m.missed_groups")                                                        \
	X(missed_reuse, "m.missed_reuse")                                                          \
	X(blocked_merges, "m.blocked_merges")                                                      \
	X(max_chain, "m.max_chain")                                                                \
	X(map_count, "m.map_count")                                                                \
	X(object_bytes, "m.vmas * b.vma_bytes + m.anon_vmas * b.anon_vma_bytes "                   \
			"+ m.avcs * b.avc_bytes")                                                  \
	X(fork_bytes, "m.fork_vmas * b.vma_bytes + m.fork_anon_vmas * b.anon_vma_bytes "           \
		      "+ m.fork_avcs * b.avc_bytes")                                               \
	X(fork_undone_bytes, "m.undone_vmas * b.vma_bytes + m.undone_anon_vmas * b.anon_vma_bytes " \
			"+ m.undone_avcs * b.avc_bytes")

#define OF_USAGE(X)                                                                                \
	X(anon_rss_bytes, "m.anon_rss_pages * b.page_size")                                        \
	X(file_rss_bytes, "m.file_rss_pages * b.page_size")                                        \
	X(shmem_rss_bytes, "m.shmem_rss_pages * b.page_size")                                      \
	X(swap_bytes, "m.swap_pages * b.page_size")                                                \
	X(pgtables_bytes, "m.pgtables_bytes")

#define OF_TREE(X)                                                                                 \
	X(anon_vmas, "m.anon_vmas")                                                                \
	X(idle_anon_vmas, "m.idle_anon_vmas")                                                      \
	X(reusable_anon_vmas, "m.reusable_anon_vmas")                                              \
	X(avcs, "m.avcs")                                                                          \
	X(vmas, "m.vmas")                                                                          \
	X(reused_vmas, "m.reused_vmas")                                                            \
	X(mms, "m.mms")                                                                            \
	X(depth, "m.depth")                                                                        \
	X(max_chain, "m.max_chain")                                                                \
	X(missed_groups, "m.missed_groups")                                                        \
	X(missed_reuse, "m.missed_reuse")                                                          \
	X(tree_bytes, "m.object_bytes")                                                            \
	X(rmap_max_visits, "m.rmap_max_visits")

#define NAME(name, expression) #name,
#define SELECTED(name, expression) ", " expression
/* a byte for each, so that the size is their number */
#define BYTE(name, expression) char name;

enum {
	TOTALS_COUNT = sizeof(struct { TOTALS(BYTE) }),
	OF_MM_COUNT = sizeof(struct { OF_MM(BYTE) }),
	OF_USAGE_COUNT = sizeof(struct { OF_USAGE(BYTE) }),
	OF_TREE_COUNT = sizeof(struct { OF_TREE(BYTE) }),
};

/* clang-format on */

static const char *const names[STORE_SERIES_KIND_COUNT][STORE_SERIES_MAX + 1] = {
	[STORE_SERIES_TOTALS] = {TOTALS(NAME)},
	[STORE_SERIES_PROCESS] = {OF_MM(NAME) OF_USAGE(NAME)},
	[STORE_SERIES_TREE] = {OF_TREE(NAME)},
};

/* The index holds time and id, so that nothing else is read where no boot is asked
 * for and no total is wanted. */
#define FROM_SNAPSHOTS                                                \
	" FROM snapshot s INDEXED BY snapshot_by_time "               \
	"WHERE s.taken_ns >= ?1 AND s.taken_ns <= ?2 AND s.id >= ?3 " \
	"AND s.id <= ?4"
#define RANGE_COLUMNS "SELECT count(*), min(s.taken_ns), max(s.taken_ns), min(s.id), max(s.id)"
#define SNAPSHOT_COLUMNS "SELECT s.id, s.taken_ns, s.boot"
#define OF_BOOT " AND (?5 IS NULL OR s.boot = ?5) "
#define BY_TIME " ORDER BY s.taken_ns, s.id"

/*
 * Versions of what belongs to an mm, cut to the time in which the process had
 * that mm: exec() gives it another. The snapshot that a row was born in may be
 * deleted; the next one there is has it too, as else the row were gone.
 */
#define VERSIONS_OF_PROCESS(columns, table, index, key)                                     \
	"SELECT max(p.born, m.born), min(p.died, m.died)" columns                           \
	" FROM process p INDEXED BY process_by_id CROSS JOIN " table " m INDEXED BY " index \
	" ON m." key " = p.mm AND m.born < p.died AND m.died > p.born AND m.born <= ?3 "    \
	"AND m.died > ?2 CROSS JOIN boot b ON b.id = (SELECT n.boot FROM snapshot n "       \
	"WHERE n.id >= max(p.born, m.born) ORDER BY n.id LIMIT 1) "                         \
	"WHERE p.id = ?1 AND p.born <= ?3 AND p.died > ?2 ORDER BY p.row, m.row"

enum series_statement {
	SERIES_RANGE,
	SERIES_RANGE_OF_BOOT,
	SERIES_TOTALS,
	SERIES_SNAPSHOTS,
	SERIES_MM,
	SERIES_USAGE,
	SERIES_TREE,
	SERIES_PROCESSES_OF_PID,
	SERIES_PROCESS,
	SERIES_STATEMENT_COUNT,
};

static const char *const statements[SERIES_STATEMENT_COUNT] = {
	[SERIES_RANGE] = RANGE_COLUMNS FROM_SNAPSHOTS,
	[SERIES_RANGE_OF_BOOT] = RANGE_COLUMNS FROM_SNAPSHOTS OF_BOOT,
	[SERIES_TOTALS] = SNAPSHOT_COLUMNS TOTALS(SELECTED) FROM_SNAPSHOTS OF_BOOT BY_TIME,
	[SERIES_SNAPSHOTS] = SNAPSHOT_COLUMNS FROM_SNAPSHOTS OF_BOOT BY_TIME,
	[SERIES_MM] = VERSIONS_OF_PROCESS(OF_MM(SELECTED), "mm", "mm_by_id", "id"),
	[SERIES_USAGE] = VERSIONS_OF_PROCESS(OF_USAGE(SELECTED), "mm_usage", "mm_usage_by_mm",
					     "mm"),
	[SERIES_TREE] = "SELECT m.born, m.died" OF_TREE(
		SELECTED) " FROM tree m INDEXED BY "
			  "tree_by_id WHERE m.id = ?1 AND m.born <= ?3 AND m.died > ?2 "
			  "ORDER BY m.row",
	[SERIES_PROCESSES_OF_PID] = "SELECT p.id AS process_id, p.tgid AS pid, p.comm FROM "
				    "process p INDEXED BY process_by_tgid WHERE p.tgid = ?1 "
				    "AND p.born <= ?3 AND p.died > ?2 ORDER BY p.row DESC",
	[SERIES_PROCESS] = "SELECT p.id AS process_id, p.tgid AS pid, p.comm FROM process p "
			   "INDEXED BY process_by_id WHERE p.id = ?1 AND p.born <= ?3 "
			   "AND p.died > ?2 ORDER BY p.row DESC",
};

const char *store_series_statement(unsigned int i)
{
	return i < SERIES_STATEMENT_COUNT ? statements[i] : NULL;
}

const char *const *store_series_names(enum store_series_kind kind)
{
	return names[kind];
}

/* The values that something had in snapshots [born, died). */
struct version {
	int64_t born, died;
	int64_t *values;
};

/* Versions of one thing, by born; they do not overlap. */
struct history {
	enum series_statement statement;
	int columns;
	int first_column; /* of the row that is read out */
	struct version *versions;
	size_t count, capacity;
	/* of all versions, one after the other; they move as it grows */
	int64_t *values;
};

/* The histories that a kind is made of. */
#define HISTORIES_MAX 2
static const struct {
	struct history histories[HISTORIES_MAX];
	int count;
} histories_of[STORE_SERIES_KIND_COUNT] = {
	[STORE_SERIES_PROCESS] =
		{
			{{.statement = SERIES_MM, .columns = OF_MM_COUNT},
			 {.statement = SERIES_USAGE,
			  .columns = OF_USAGE_COUNT,
			  .first_column = OF_MM_COUNT}},
			2,
		},
	[STORE_SERIES_TREE] = {{{.statement = SERIES_TREE, .columns = OF_TREE_COUNT}}, 1},
};

struct store_series {
	struct store *store;
	struct store_series_query query;
	struct store_series_range range;
	struct history histories[HISTORIES_MAX];
	int history_count;
};

static int grow(struct history *history)
{
	size_t capacity = history->capacity ? 2 * history->capacity : 64;
	size_t columns = (size_t)history->columns;
	void *versions = realloc(history->versions, capacity * sizeof(*history->versions));
	void *values;

	if (!versions)
		return -ENOMEM;
	history->versions = versions;
	values = realloc(history->values, capacity * columns * sizeof(*history->values));
	if (!values)
		return -ENOMEM;
	history->values = values;
	history->capacity = capacity;
	for (size_t i = 0; i < history->count; i++)
		history->versions[i].values = history->values + i * columns;
	return 0;
}

static int add_version(struct history *history, sqlite3_stmt *row)
{
	struct version *version;
	int rc = history->count == history->capacity ? grow(history) : 0;

	if (rc)
		return rc;
	version = &history->versions[history->count];
	version->born = sqlite3_column_int64(row, 0);
	version->died = sqlite3_column_int64(row, 1);
	version->values = history->values + history->count * (size_t)history->columns;
	for (int i = 0; i < history->columns; i++)
		version->values[i] = sqlite3_column_int64(row, 2 + i);
	history->count++;
	return 0;
}

static int step(struct store_rows *rows, int *ret_rc)
{
	int code = sqlite3_step(rows->statement);

	*ret_rc = code == SQLITE_ROW || code == SQLITE_DONE ?
			  0 :
			  store_fail(rows->store, "cannot read a series");
	return code == SQLITE_ROW;
}

static int read_history(struct store_series *series, struct history *history)
{
	__attribute__((cleanup(store_rows_close))) struct store_rows rows = {series->store, NULL,
									     NULL};
	int rc = store_rows_open(&rows, statements[history->statement]);
	int failed = 0;

	if (rc)
		return rc;
	sqlite3_bind_int64(rows.statement, 1, series->query.subject);
	sqlite3_bind_int64(rows.statement, 2, series->range.first_id);
	sqlite3_bind_int64(rows.statement, 3, series->range.last_id);
	while (!rc && step(&rows, &failed))
		rc = add_version(history, rows.statement);
	return rc ? rc : failed;
}

static void bind_range(sqlite3_stmt *statement, const struct store_series_query *query,
		       int64_t first_id, int64_t last_id)
{
	sqlite3_bind_int64(statement, 1, query->first_ns);
	sqlite3_bind_int64(statement, 2, query->last_ns);
	sqlite3_bind_int64(statement, 3, first_id);
	sqlite3_bind_int64(statement, 4, last_id);
	if (query->boot)
		sqlite3_bind_int64(statement, 5, query->boot);
}

static int read_range(struct store *store, const struct store_series_query *query, int64_t first_id,
		      int64_t last_id, struct store_series_range *ret_range)
{
	__attribute__((cleanup(store_rows_close))) struct store_rows rows = {store, NULL, NULL};
	int rc = store_rows_open(&rows,
				 statements[query->boot ? SERIES_RANGE_OF_BOOT : SERIES_RANGE]);

	if (rc)
		return rc;
	bind_range(rows.statement, query, first_id, last_id);
	if (!step(&rows, &rc))
		return rc ? rc : -EIO;
	*ret_range = (struct store_series_range){
		.snapshots = sqlite3_column_int64(rows.statement, 0),
		.first_ns = sqlite3_column_int64(rows.statement, 1),
		.last_ns = sqlite3_column_int64(rows.statement, 2),
		.first_id = sqlite3_column_int64(rows.statement, 3),
		.last_id = sqlite3_column_int64(rows.statement, 4),
	};
	return 0;
}

int store_series_range(struct store *store, const struct store_series_query *query,
		       struct store_series_range *ret_range)
{
	return read_range(store, query, 0, INT64_MAX, ret_range);
}

/* The first history says when the subject lived. */
static int narrow(struct store_series *series)
{
	const struct history *life = &series->histories[0];
	struct store_series_range *range = &series->range;
	int64_t first = life->count ? life->versions[0].born : 0;
	int64_t last = life->count ? life->versions[life->count - 1].died - 1 : -1;

	if (first < range->first_id)
		first = range->first_id;
	if (last > range->last_id)
		last = range->last_id;
	return read_range(series->store, &series->query, first, last, range);
}

static int read_histories(struct store_series *series)
{
	int rc = 0;

	for (int i = 0; !rc && i < series->history_count; i++)
		rc = read_history(series, &series->histories[i]);
	return !rc && series->history_count ? narrow(series) : rc;
}

int store_series_open(struct store *store, const struct store_series_query *query,
		      struct store_series_range *range, struct store_series **ret_series)
{
	struct store_series *series = calloc(1, sizeof(*series));
	int rc;

	if (!series)
		return -ENOMEM;
	series->store = store;
	series->query = *query;
	series->range = *range;
	series->history_count = histories_of[query->kind].count;
	memcpy(series->histories, histories_of[query->kind].histories, sizeof(series->histories));
	rc = read_histories(series);
	if (rc) {
		store_series_close(&series);
		return rc;
	}
	*range = series->range;
	*ret_series = series;
	return 0;
}

void store_series_close(struct store_series **series)
{
	struct store_series *closing = *series;

	if (!closing)
		return;
	for (int i = 0; i < closing->history_count; i++) {
		free(closing->histories[i].versions);
		free(closing->histories[i].values);
	}
	free(closing);
	*series = NULL;
}

/* The version valid in a snapshot, or NULL. */
static const struct version *find_version(const struct history *history, int64_t snapshot)
{
	size_t low = 0, high = history->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (history->versions[middle].died > snapshot)
			high = middle;
		else
			low = middle + 1;
	}
	if (low == history->count || history->versions[low].born > snapshot)
		return NULL;
	return &history->versions[low];
}

static void take_version(const struct history *history, struct store_series_row *row)
{
	const struct version *version = find_version(history, row->snapshot);

	for (int i = 0; i < history->columns; i++)
		row->values[history->first_column + i] = version ? version->values[i] :
								   STORE_SERIES_NONE;
}

static void read_row(const struct store_series *series, sqlite3_stmt *statement,
		     struct store_series_row *row)
{
	row->snapshot = sqlite3_column_int64(statement, 0);
	row->taken_ns = sqlite3_column_int64(statement, 1);
	row->boot = sqlite3_column_int64(statement, 2);
	for (int i = 0; !series->history_count && i < TOTALS_COUNT; i++)
		row->values[i] = sqlite3_column_int64(statement, 3 + i);
	for (int i = 0; i < series->history_count; i++)
		take_version(&series->histories[i], row);
}

int store_series_read(struct store_series *series, store_visit visit, void *context)
{
	__attribute__((cleanup(store_rows_close))) struct store_rows rows = {series->store, NULL,
									     NULL};
	struct store_series_row row = {0};
	int rc = store_rows_open(
		&rows, statements[series->history_count ? SERIES_SNAPSHOTS : SERIES_TOTALS]);
	int failed = 0;

	if (rc)
		return rc;
	bind_range(rows.statement, &series->query, series->range.first_id, series->range.last_id);
	while (!rc && step(&rows, &failed)) {
		read_row(series, rows.statement, &row);
		rc = visit(context, &row);
	}
	if (rc < 0)
		return rc;
	return failed;
}

static const struct store_column subject_columns[] = {
	STORE_INTEGER(subject, process_id),
	STORE_INTEGER(subject, pid),
	STORE_TEXT(subject, comm),
};
static const struct store_row_kind subject_kind = STORE_ROW_KIND(subject_columns);

static int visit_subjects(struct store *store, enum series_statement statement,
			  const int64_t bounds[3], store_visit visit, void *context)
{
	__attribute__((cleanup(store_rows_close))) struct store_rows rows = {store, &subject_kind,
									     NULL};
	struct store_subject_row row = {0};
	int rc = store_rows_open(&rows, statements[statement]);

	if (rc)
		return rc;
	for (int i = 0; i < 3; i++)
		sqlite3_bind_int64(rows.statement, i + 1, bounds[i]);
	return store_rows_visit(&rows, &row, visit, context);
}

int store_list_subjects(struct store *store, int64_t pid, int64_t first, int64_t last,
			store_visit visit, void *context)
{
	return visit_subjects(store, SERIES_PROCESSES_OF_PID, (int64_t[]){pid, first, last}, visit,
			      context);
}

int store_find_subject(struct store *store, int64_t process_id, int64_t first, int64_t last,
		       store_visit visit, void *context)
{
	return visit_subjects(store, SERIES_PROCESS, (int64_t[]){process_id, first, last}, visit,
			      context);
}
