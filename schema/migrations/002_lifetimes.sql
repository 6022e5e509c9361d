-- SPDX-License-Identifier: GPL-2.0-only
--
-- What an old snapshot shows is found as fast as what the newest one does.
--
-- By `died` alone, a list of an early snapshot goes through every row that came
-- and went since. Here rows lie by how long they lived and when they were born;
-- schema/store_life.h looks for them. Tables that are read by what they belong to
-- (a mm, a tree) do not need it.

CREATE INDEX process_by_life ON process (CASE
	WHEN died - born <= 4 THEN 4
	WHEN died - born <= 16 THEN 16
	WHEN died - born <= 64 THEN 64
	WHEN died - born <= 256 THEN 256
	WHEN died - born <= 1024 THEN 1024
	WHEN died - born <= 4096 THEN 4096
	WHEN died - born <= 16384 THEN 16384
	WHEN died - born <= 65536 THEN 65536
	WHEN died - born <= 262144 THEN 262144
	ELSE 9223372036854775807 END, born, died);

CREATE INDEX tree_by_life ON tree (CASE
	WHEN died - born <= 4 THEN 4
	WHEN died - born <= 16 THEN 16
	WHEN died - born <= 64 THEN 64
	WHEN died - born <= 256 THEN 256
	WHEN died - born <= 1024 THEN 1024
	WHEN died - born <= 4096 THEN 4096
	WHEN died - born <= 16384 THEN 16384
	WHEN died - born <= 65536 THEN 65536
	WHEN died - born <= 262144 THEN 262144
	ELSE 9223372036854775807 END, born, died);

CREATE INDEX finding_by_life ON finding (CASE
	WHEN died - born <= 4 THEN 4
	WHEN died - born <= 16 THEN 16
	WHEN died - born <= 64 THEN 64
	WHEN died - born <= 256 THEN 256
	WHEN died - born <= 1024 THEN 1024
	WHEN died - born <= 4096 THEN 4096
	WHEN died - born <= 16384 THEN 16384
	WHEN died - born <= 65536 THEN 65536
	WHEN died - born <= 262144 THEN 262144
	ELSE 9223372036854775807 END, born, died);

CREATE INDEX invariant_by_life ON invariant (CASE
	WHEN died - born <= 4 THEN 4
	WHEN died - born <= 16 THEN 16
	WHEN died - born <= 64 THEN 64
	WHEN died - born <= 256 THEN 256
	WHEN died - born <= 1024 THEN 1024
	WHEN died - born <= 4096 THEN 4096
	WHEN died - born <= 16384 THEN 16384
	WHEN died - born <= 65536 THEN 65536
	WHEN died - born <= 262144 THEN 262144
	ELSE 9223372036854775807 END, born, died);
