-- SPDX-License-Identifier: GPL-2.0-only
--
-- History that costs what changed.
--
-- A versioned row is valid for the snapshots born <= s AND died > s. A row that
-- is the same as in the last snapshot is not written again; a row that changed
-- is closed (died = the snapshot that no longer has it) and a new one is
-- opened. An open row has died = 9223372036854775807. Rows are only ever
-- appended with growing `row`, so `row` grows with `born`.
--
-- `id` means the same object in every snapshot; ids of one kind are never used
-- twice. Kernel addresses are in no table but raw_address.

-- Next free id of each kind.
CREATE TABLE sequence (
	name TEXT PRIMARY KEY,
	next INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE boot (
	id INTEGER PRIMARY KEY,
	boot_id TEXT NOT NULL,
	host TEXT NOT NULL,
	release TEXT NOT NULL,
	machine TEXT NOT NULL,
	page_size INTEGER NOT NULL,
	vma_bytes INTEGER NOT NULL,        -- slab object sizes
	anon_vma_bytes INTEGER NOT NULL,
	avc_bytes INTEGER NOT NULL,
	split_counters INTEGER NOT NULL,   -- 0: anon_vma.num_children is `degree`
	has_anon_pgoff INTEGER NOT NULL,   -- 7.3+: vma.anon_pgoff is real
	UNIQUE (boot_id, host)
) STRICT;

CREATE TABLE snapshot (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	boot INTEGER NOT NULL REFERENCES boot (id),
	taken_ns INTEGER NOT NULL,         -- CLOCK_REALTIME
	label TEXT,
	pinned INTEGER NOT NULL DEFAULT 0,
	tree_tgid INTEGER NOT NULL,        -- 0: the whole system
	-- totals
	processes INTEGER NOT NULL,
	mms INTEGER NOT NULL,
	vmas INTEGER NOT NULL,
	anon_vmas INTEGER NOT NULL,
	avcs INTEGER NOT NULL,
	trees INTEGER NOT NULL,
	files INTEGER NOT NULL,
	idle_anon_vmas INTEGER NOT NULL,
	reusable_anon_vmas INTEGER NOT NULL, -- idle, and free for the next fork()
	reused_vmas INTEGER NOT NULL,      -- active anon_vma of a dead ancestor
	missed_groups INTEGER NOT NULL,
	missed_reuse INTEGER NOT NULL,
	blocked_merges INTEGER NOT NULL,
	max_chain INTEGER NOT NULL,
	max_depth INTEGER NOT NULL,
	object_bytes INTEGER NOT NULL,
	-- reverse-map cost: max of all trees, sums of the rest
	rmap_max_visits INTEGER NOT NULL,
	rmap_covered_pages INTEGER NOT NULL,
	rmap_covered_visits INTEGER NOT NULL,
	rmap_written_pages INTEGER NOT NULL,
	rmap_written_visits INTEGER NOT NULL,
	rmap_family_visits INTEGER NOT NULL, -- of the written pages, before 2010
	-- by which rule fork() works, as observed; NULL: nothing told yet
	fork_policy TEXT,
	deep_chain INTEGER NOT NULL,       -- thresholds of findings
	wide_rmap INTEGER NOT NULL,
	wide_lock INTEGER NOT NULL,
	-- quality
	torn_mms INTEGER NOT NULL,
	rewalked_mms INTEGER NOT NULL,
	cut_mms INTEGER NOT NULL,
	moved_anon_vmas INTEGER NOT NULL,
	undescribed_anon_vmas INTEGER NOT NULL,
	-- cost of taking it; store_ns is up to the commit
	walk_ns INTEGER NOT NULL,
	identity_ns INTEGER NOT NULL,
	analyse_ns INTEGER NOT NULL,
	store_ns INTEGER NOT NULL,
	cpu_ns INTEGER NOT NULL,
	stream_bytes INTEGER NOT NULL
) STRICT;
CREATE INDEX snapshot_by_time ON snapshot (taken_ns);
CREATE INDEX snapshot_by_label ON snapshot (label) WHERE label IS NOT NULL;

CREATE TABLE file (
	row INTEGER PRIMARY KEY,
	id INTEGER NOT NULL,
	born INTEGER NOT NULL,
	died INTEGER NOT NULL,
	dev INTEGER NOT NULL,              -- kernel dev_t: major << 20 | minor
	ino INTEGER NOT NULL,
	path TEXT NOT NULL                 -- bytes as the kernel gives them
) STRICT;
CREATE INDEX file_by_id ON file (id);
CREATE INDEX file_by_died ON file (died);

CREATE TABLE process (
	row INTEGER PRIMARY KEY,
	id INTEGER NOT NULL,
	born INTEGER NOT NULL,
	died INTEGER NOT NULL,
	tgid INTEGER NOT NULL,
	ppid INTEGER NOT NULL,
	uid INTEGER NOT NULL,
	start_ns INTEGER NOT NULL,         -- CLOCK_BOOTTIME
	exec_id INTEGER NOT NULL,
	comm TEXT NOT NULL,                -- bytes chosen by the process
	exe INTEGER,                       -- file.id
	cgroup INTEGER NOT NULL,           -- cgroup v2 id, 0 = unknown
	cgroup_path TEXT NOT NULL,
	mm INTEGER NOT NULL                -- mm.id
) STRICT;
CREATE INDEX process_by_id ON process (id);
CREATE INDEX process_by_tgid ON process (tgid);
CREATE INDEX process_by_mm ON process (mm);
CREATE INDEX process_by_died ON process (died);

-- One address space, with the rollup of its VMAs.
CREATE TABLE mm (
	row INTEGER PRIMARY KEY,
	id INTEGER NOT NULL,
	born INTEGER NOT NULL,
	died INTEGER NOT NULL,
	process INTEGER NOT NULL,          -- process.id that gives it its identity
	torn INTEGER NOT NULL,
	cut INTEGER NOT NULL,
	map_count INTEGER NOT NULL,
	tree_height INTEGER NOT NULL,
	total_pages INTEGER NOT NULL,
	data_pages INTEGER NOT NULL,
	stack_pages INTEGER NOT NULL,
	exec_pages INTEGER NOT NULL,
	locked_pages INTEGER NOT NULL,
	vmas INTEGER NOT NULL,
	anon_vmas INTEGER NOT NULL,        -- distinct active anon_vmas
	avcs INTEGER NOT NULL,
	trees INTEGER NOT NULL,            -- distinct roots
	reused_vmas INTEGER NOT NULL,
	missed_groups INTEGER NOT NULL,
	missed_reuse INTEGER NOT NULL,
	blocked_merges INTEGER NOT NULL,
	max_chain INTEGER NOT NULL,
	fork_vmas INTEGER NOT NULL,        -- what the next fork() allocates
	fork_anon_vmas INTEGER NOT NULL,
	fork_avcs INTEGER NOT NULL,
	undone_vmas INTEGER NOT NULL,      -- the same if nothing were missed or blocked
	undone_anon_vmas INTEGER NOT NULL,
	undone_avcs INTEGER NOT NULL
) STRICT;
CREATE INDEX mm_by_id ON mm (id);
CREATE INDEX mm_by_died ON mm (died);

-- Counters that move without any change of topology.
CREATE TABLE mm_usage (
	row INTEGER PRIMARY KEY,
	mm INTEGER NOT NULL,
	born INTEGER NOT NULL,
	died INTEGER NOT NULL,
	file_rss_pages INTEGER NOT NULL,
	anon_rss_pages INTEGER NOT NULL,
	shmem_rss_pages INTEGER NOT NULL,
	swap_pages INTEGER NOT NULL,
	pgtables_bytes INTEGER NOT NULL
) STRICT;
CREATE INDEX mm_usage_by_mm ON mm_usage (mm);
CREATE INDEX mm_usage_by_died ON mm_usage (died);

-- chain: the ids of the linked anon_vmas in list order, head first, each as an
-- unsigned LEB128 number. All of a chain share one root, so the VMAs linked to
-- an anon_vma are found through vma_by_root.
CREATE TABLE vma (
	row INTEGER PRIMARY KEY,
	born INTEGER NOT NULL,
	died INTEGER NOT NULL,
	mm INTEGER NOT NULL,
	vm_start INTEGER NOT NULL,
	vm_end INTEGER NOT NULL,
	vm_pgoff INTEGER NOT NULL,
	anon_pgoff INTEGER,
	vm_flags INTEGER NOT NULL,
	file INTEGER,                      -- file.id
	policy INTEGER NOT NULL,           -- 1: has its own NUMA policy
	name TEXT,                         -- PR_SET_VMA_ANON_NAME; bytes the process chose
	anon_vma INTEGER,                  -- anon_vma.id of the active one
	root INTEGER,                      -- anon_vma.id of the chain's root
	reused INTEGER NOT NULL,           -- 1: the active one is a dead ancestor's
	chain_length INTEGER NOT NULL,
	chain BLOB
) STRICT;
CREATE INDEX vma_by_mm ON vma (mm, vm_start);
CREATE INDEX vma_by_root ON vma (root) WHERE root IS NOT NULL;
CREATE INDEX vma_by_died ON vma (died) WHERE died < 9223372036854775807;

CREATE TABLE anon_vma (
	row INTEGER PRIMARY KEY,
	id INTEGER NOT NULL,
	born INTEGER NOT NULL,
	died INTEGER NOT NULL,
	root INTEGER NOT NULL,             -- own id for a root
	parent INTEGER NOT NULL,           -- own id for a root
	num_children INTEGER NOT NULL,
	num_active_vmas INTEGER NOT NULL,
	described INTEGER NOT NULL         -- 0: seen in a chain but never read
) STRICT;
CREATE INDEX anon_vma_by_id ON anon_vma (id);
CREATE INDEX anon_vma_by_root ON anon_vma (root);
CREATE INDEX anon_vma_by_died ON anon_vma (died) WHERE died < 9223372036854775807;

-- Only where refcount is not 1 or the rwsem was not idle.
CREATE TABLE anon_vma_state (
	row INTEGER PRIMARY KEY,
	anon_vma INTEGER NOT NULL,
	born INTEGER NOT NULL,
	died INTEGER NOT NULL,
	refcount INTEGER NOT NULL,
	rwsem_count INTEGER NOT NULL       -- raw; of a root, else 0
) STRICT;
CREATE INDEX anon_vma_state_by_anon_vma ON anon_vma_state (anon_vma);
CREATE INDEX anon_vma_state_by_died ON anon_vma_state (died);

-- Rollup of one tree, named by its root anon_vma.
CREATE TABLE tree (
	row INTEGER PRIMARY KEY,
	id INTEGER NOT NULL,               -- anon_vma.id of the root
	born INTEGER NOT NULL,
	died INTEGER NOT NULL,
	process INTEGER,                   -- process.id of the oldest process in it
	anon_vmas INTEGER NOT NULL,
	idle_anon_vmas INTEGER NOT NULL,
	reusable_anon_vmas INTEGER NOT NULL,
	avcs INTEGER NOT NULL,
	vmas INTEGER NOT NULL,
	reused_vmas INTEGER NOT NULL,
	mms INTEGER NOT NULL,
	torn INTEGER NOT NULL,             -- 1: an mm in it is torn or cut
	depth INTEGER NOT NULL,            -- generations below the root
	max_chain INTEGER NOT NULL,
	missed_groups INTEGER NOT NULL,
	missed_reuse INTEGER NOT NULL,
	object_bytes INTEGER NOT NULL,     -- anon_vmas and AVCs
	rmap_max_visits INTEGER NOT NULL,
	rmap_covered_pages INTEGER NOT NULL,
	rmap_covered_visits INTEGER NOT NULL,
	rmap_written_pages INTEGER NOT NULL,
	rmap_written_visits INTEGER NOT NULL
) STRICT;
CREATE INDEX tree_by_id ON tree (id);
CREATE INDEX tree_by_died ON tree (died);

-- topology/findings.h says what each kind means. An id continues while (kind,
-- rule, mm, anon_vma, vm_start) does, of deep_chain without vm_start.
CREATE TABLE finding (
	row INTEGER PRIMARY KEY,
	id INTEGER NOT NULL,
	born INTEGER NOT NULL,
	died INTEGER NOT NULL,
	kind INTEGER NOT NULL,             -- enum finding_kind
	rule INTEGER NOT NULL,             -- of an invariant, else 0
	mm INTEGER,                        -- mm.id
	anon_vma INTEGER,                  -- anon_vma.id
	root INTEGER,                      -- anon_vma.id of the tree's root
	vm_start INTEGER,
	size INTEGER NOT NULL,
	detail_1 INTEGER NOT NULL,
	detail_2 INTEGER NOT NULL,
	vmas INTEGER NOT NULL,
	anon_vmas INTEGER NOT NULL,
	avcs INTEGER NOT NULL,
	bytes INTEGER NOT NULL
) STRICT;
CREATE INDEX finding_by_id ON finding (id);
CREATE INDEX finding_by_mm ON finding (mm) WHERE mm IS NOT NULL;
CREATE INDEX finding_by_root ON finding (root) WHERE root IS NOT NULL;
CREATE INDEX finding_by_died ON finding (died);

-- How each rule fared: checked = held + all that follow it.
CREATE TABLE invariant (
	row INTEGER PRIMARY KEY,
	rule INTEGER NOT NULL,             -- enum invariant
	born INTEGER NOT NULL,
	died INTEGER NOT NULL,
	checked INTEGER NOT NULL,
	held INTEGER NOT NULL,
	violated INTEGER NOT NULL,
	torn INTEGER NOT NULL,             -- excused; enum invariant_excuse
	moved INTEGER NOT NULL,
	not_shown INTEGER NOT NULL,
	pinned INTEGER NOT NULL,
	in_flight INTEGER NOT NULL,
	first_fault INTEGER NOT NULL,
	seen_once INTEGER NOT NULL
) STRICT;
CREATE INDEX invariant_by_died ON invariant (died);

-- Filled with --raw-addresses only.
CREATE TABLE raw_address (
	kind TEXT NOT NULL,                -- 'mm' or 'anon_vma'
	id INTEGER NOT NULL,
	address INTEGER NOT NULL,
	PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
