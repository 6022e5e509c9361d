-- SPDX-License-Identifier: GPL-2.0-only
--
-- What a snapshot shows is found as fast in a long history as in a short one:
-- schema/store_shown.h says how, and has the queries.

-- Rows by how long they lived at most and when they were born. By `died` alone, a
-- list of an early snapshot goes through every row that came and went since. life:
-- the class, 0 for what has not died; a step to the next one at most doubles, so
-- that a list reads about as many rows in vain as it shows, until few are left.
ALTER TABLE process ADD COLUMN life INTEGER AS (CASE
	WHEN died - born <= 1 THEN 1
	WHEN died - born <= 2 THEN 2
	WHEN died - born <= 4 THEN 3
	WHEN died - born <= 8 THEN 4
	WHEN died - born <= 16 THEN 5
	WHEN died - born <= 32 THEN 6
	WHEN died - born <= 64 THEN 7
	WHEN died - born <= 128 THEN 8
	WHEN died - born <= 256 THEN 9
	WHEN died - born <= 512 THEN 10
	WHEN died - born <= 1024 THEN 11
	WHEN died - born <= 4096 THEN 12
	WHEN died - born <= 16384 THEN 13
	WHEN died - born <= 65536 THEN 14
	WHEN died - born <= 262144 THEN 15
	ELSE 0 END);
ALTER TABLE tree ADD COLUMN life INTEGER AS (CASE
	WHEN died - born <= 1 THEN 1
	WHEN died - born <= 2 THEN 2
	WHEN died - born <= 4 THEN 3
	WHEN died - born <= 8 THEN 4
	WHEN died - born <= 16 THEN 5
	WHEN died - born <= 32 THEN 6
	WHEN died - born <= 64 THEN 7
	WHEN died - born <= 128 THEN 8
	WHEN died - born <= 256 THEN 9
	WHEN died - born <= 512 THEN 10
	WHEN died - born <= 1024 THEN 11
	WHEN died - born <= 4096 THEN 12
	WHEN died - born <= 16384 THEN 13
	WHEN died - born <= 65536 THEN 14
	WHEN died - born <= 262144 THEN 15
	ELSE 0 END);
ALTER TABLE finding ADD COLUMN life INTEGER AS (CASE
	WHEN died - born <= 1 THEN 1
	WHEN died - born <= 2 THEN 2
	WHEN died - born <= 4 THEN 3
	WHEN died - born <= 8 THEN 4
	WHEN died - born <= 16 THEN 5
	WHEN died - born <= 32 THEN 6
	WHEN died - born <= 64 THEN 7
	WHEN died - born <= 128 THEN 8
	WHEN died - born <= 256 THEN 9
	WHEN died - born <= 512 THEN 10
	WHEN died - born <= 1024 THEN 11
	WHEN died - born <= 4096 THEN 12
	WHEN died - born <= 16384 THEN 13
	WHEN died - born <= 65536 THEN 14
	WHEN died - born <= 262144 THEN 15
	ELSE 0 END);
ALTER TABLE invariant ADD COLUMN life INTEGER AS (CASE
	WHEN died - born <= 1 THEN 1
	WHEN died - born <= 2 THEN 2
	WHEN died - born <= 4 THEN 3
	WHEN died - born <= 8 THEN 4
	WHEN died - born <= 16 THEN 5
	WHEN died - born <= 32 THEN 6
	WHEN died - born <= 64 THEN 7
	WHEN died - born <= 128 THEN 8
	WHEN died - born <= 256 THEN 9
	WHEN died - born <= 512 THEN 10
	WHEN died - born <= 1024 THEN 11
	WHEN died - born <= 4096 THEN 12
	WHEN died - born <= 16384 THEN 13
	WHEN died - born <= 65536 THEN 14
	WHEN died - born <= 262144 THEN 15
	ELSE 0 END);
ALTER TABLE vma ADD COLUMN life INTEGER AS (CASE
	WHEN died - born <= 1 THEN 1
	WHEN died - born <= 2 THEN 2
	WHEN died - born <= 4 THEN 3
	WHEN died - born <= 8 THEN 4
	WHEN died - born <= 16 THEN 5
	WHEN died - born <= 32 THEN 6
	WHEN died - born <= 64 THEN 7
	WHEN died - born <= 128 THEN 8
	WHEN died - born <= 256 THEN 9
	WHEN died - born <= 512 THEN 10
	WHEN died - born <= 1024 THEN 11
	WHEN died - born <= 4096 THEN 12
	WHEN died - born <= 16384 THEN 13
	WHEN died - born <= 65536 THEN 14
	WHEN died - born <= 262144 THEN 15
	ELSE 0 END);
ALTER TABLE anon_vma ADD COLUMN life INTEGER AS (CASE
	WHEN died - born <= 1 THEN 1
	WHEN died - born <= 2 THEN 2
	WHEN died - born <= 4 THEN 3
	WHEN died - born <= 8 THEN 4
	WHEN died - born <= 16 THEN 5
	WHEN died - born <= 32 THEN 6
	WHEN died - born <= 64 THEN 7
	WHEN died - born <= 128 THEN 8
	WHEN died - born <= 256 THEN 9
	WHEN died - born <= 512 THEN 10
	WHEN died - born <= 1024 THEN 11
	WHEN died - born <= 4096 THEN 12
	WHEN died - born <= 16384 THEN 13
	WHEN died - born <= 65536 THEN 14
	WHEN died - born <= 262144 THEN 15
	ELSE 0 END);

CREATE INDEX process_by_life ON process (life, born, died);
CREATE INDEX tree_by_life ON tree (life, born, died);
CREATE INDEX finding_by_life ON finding (life, born, died);
CREATE INDEX invariant_by_life ON invariant (life, born, died);

-- The same within one tree.
DROP INDEX vma_by_root;
DROP INDEX anon_vma_by_root;
DROP INDEX finding_by_root;
CREATE INDEX vma_by_root ON vma (root, life, born, died) WHERE root IS NOT NULL;
CREATE INDEX anon_vma_by_root ON anon_vma (root, life, born, died);
CREATE INDEX finding_by_root ON finding (root, life, born, died) WHERE root IS NOT NULL;

-- Versions of what changes with nearly every snapshot, where it is in use: the
-- last one born by then.
DROP INDEX mm_by_id;
DROP INDEX mm_usage_by_mm;
DROP INDEX tree_by_id;
DROP INDEX anon_vma_by_id;
DROP INDEX anon_vma_state_by_anon_vma;
CREATE INDEX mm_by_id ON mm (id, born);
CREATE INDEX mm_usage_by_mm ON mm_usage (mm, born);
CREATE INDEX tree_by_id ON tree (id, born);
CREATE INDEX anon_vma_by_id ON anon_vma (id, born);
CREATE INDEX anon_vma_state_by_anon_vma ON anon_vma_state (anon_vma, born);

-- What a diff reads of the rows that died between its snapshots: it leaves out those
-- that were born there, too, by the index alone.
DROP INDEX process_by_died;
DROP INDEX mm_by_died;
DROP INDEX tree_by_died;
DROP INDEX finding_by_died;
DROP INDEX anon_vma_state_by_died;
DROP INDEX vma_by_died;
DROP INDEX anon_vma_by_died;
CREATE INDEX process_by_died ON process (died, born);
CREATE INDEX mm_by_died ON mm (died, born);
CREATE INDEX tree_by_died ON tree (died, born);
CREATE INDEX finding_by_died ON finding (died, born);
CREATE INDEX anon_vma_state_by_died ON anon_vma_state (died, born);
CREATE INDEX vma_by_died ON vma (died, born) WHERE died < 9223372036854775807;
CREATE INDEX anon_vma_by_died ON anon_vma (died, born) WHERE died < 9223372036854775807;
