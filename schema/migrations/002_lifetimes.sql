-- SPDX-License-Identifier: GPL-2.0-only
--
-- What an old snapshot shows is found as fast as what the newest one does.
--
-- By `died` alone, a list of an early snapshot goes through every row that came
-- and went since. Here rows lie by how long they lived at most, and by when they
-- were born; schema/store_life.h looks for them. A list reads what was born within
-- a step before its snapshot, so steps that double make it read about as many rows
-- in vain as it shows, at the most; beyond 1024 snapshots few rows are left.
-- Tables that are read by what they belong to (a mm, a tree) do not need it.

ALTER TABLE process ADD COLUMN longest_life INTEGER AS (CASE
	WHEN died - born <= 1 THEN 1
	WHEN died - born <= 2 THEN 2
	WHEN died - born <= 4 THEN 4
	WHEN died - born <= 8 THEN 8
	WHEN died - born <= 16 THEN 16
	WHEN died - born <= 32 THEN 32
	WHEN died - born <= 64 THEN 64
	WHEN died - born <= 128 THEN 128
	WHEN died - born <= 256 THEN 256
	WHEN died - born <= 512 THEN 512
	WHEN died - born <= 1024 THEN 1024
	WHEN died - born <= 4096 THEN 4096
	WHEN died - born <= 16384 THEN 16384
	WHEN died - born <= 65536 THEN 65536
	WHEN died - born <= 262144 THEN 262144
	ELSE 9223372036854775807 END);
CREATE INDEX process_by_life ON process (longest_life, born, died);

ALTER TABLE tree ADD COLUMN longest_life INTEGER AS (CASE
	WHEN died - born <= 1 THEN 1
	WHEN died - born <= 2 THEN 2
	WHEN died - born <= 4 THEN 4
	WHEN died - born <= 8 THEN 8
	WHEN died - born <= 16 THEN 16
	WHEN died - born <= 32 THEN 32
	WHEN died - born <= 64 THEN 64
	WHEN died - born <= 128 THEN 128
	WHEN died - born <= 256 THEN 256
	WHEN died - born <= 512 THEN 512
	WHEN died - born <= 1024 THEN 1024
	WHEN died - born <= 4096 THEN 4096
	WHEN died - born <= 16384 THEN 16384
	WHEN died - born <= 65536 THEN 65536
	WHEN died - born <= 262144 THEN 262144
	ELSE 9223372036854775807 END);
CREATE INDEX tree_by_life ON tree (longest_life, born, died);

ALTER TABLE finding ADD COLUMN longest_life INTEGER AS (CASE
	WHEN died - born <= 1 THEN 1
	WHEN died - born <= 2 THEN 2
	WHEN died - born <= 4 THEN 4
	WHEN died - born <= 8 THEN 8
	WHEN died - born <= 16 THEN 16
	WHEN died - born <= 32 THEN 32
	WHEN died - born <= 64 THEN 64
	WHEN died - born <= 128 THEN 128
	WHEN died - born <= 256 THEN 256
	WHEN died - born <= 512 THEN 512
	WHEN died - born <= 1024 THEN 1024
	WHEN died - born <= 4096 THEN 4096
	WHEN died - born <= 16384 THEN 16384
	WHEN died - born <= 65536 THEN 65536
	WHEN died - born <= 262144 THEN 262144
	ELSE 9223372036854775807 END);
CREATE INDEX finding_by_life ON finding (longest_life, born, died);

ALTER TABLE invariant ADD COLUMN longest_life INTEGER AS (CASE
	WHEN died - born <= 1 THEN 1
	WHEN died - born <= 2 THEN 2
	WHEN died - born <= 4 THEN 4
	WHEN died - born <= 8 THEN 8
	WHEN died - born <= 16 THEN 16
	WHEN died - born <= 32 THEN 32
	WHEN died - born <= 64 THEN 64
	WHEN died - born <= 128 THEN 128
	WHEN died - born <= 256 THEN 256
	WHEN died - born <= 512 THEN 512
	WHEN died - born <= 1024 THEN 1024
	WHEN died - born <= 4096 THEN 4096
	WHEN died - born <= 16384 THEN 16384
	WHEN died - born <= 65536 THEN 65536
	WHEN died - born <= 262144 THEN 262144
	ELSE 9223372036854775807 END);
CREATE INDEX invariant_by_life ON invariant (longest_life, born, died);
