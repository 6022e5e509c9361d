/* SPDX-License-Identifier: GPL-2.0-only */
#include "metrics.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#define NS_PER_S 1000000000u

struct metric {
	const char *name;
	const char *type;
	const char *help;
	/* Appends the samples there are. */
	void (*write)(const struct metric *metric, const struct metrics_source *source,
		      struct buffer *buffer);
	size_t offset; /* of an int64_t in struct metrics_source, where write asks for it */
};

static void put_integer(struct buffer *buffer, const char *name, int64_t value)
{
	buffer_format(buffer, "%s %" PRId64 "\n", name, value);
}

/* Base units: seconds, with all the digits that nanoseconds have. */
static void put_seconds(struct buffer *buffer, const char *name, const char *end, uint64_t ns)
{
	buffer_format(buffer, "%s%s %" PRIu64 ".%09" PRIu64 "\n", name, end, ns / NS_PER_S,
		      ns % NS_PER_S);
}

static int64_t value_of(const struct metric *metric, const struct metrics_source *source)
{
	int64_t value;

	memcpy(&value, (const char *)source + metric->offset, sizeof(value));
	return value;
}

static void write_integer(const struct metric *metric, const struct metrics_source *source,
			  struct buffer *buffer)
{
	put_integer(buffer, metric->name, value_of(metric, source));
}

/* Nothing where it is not known. */
static void write_known(const struct metric *metric, const struct metrics_source *source,
			struct buffer *buffer)
{
	if (value_of(metric, source) >= 0)
		write_integer(metric, source, buffer);
}

static void write_of_snapshot(const struct metric *metric, const struct metrics_source *source,
			      struct buffer *buffer)
{
	if (source->has_snapshot)
		write_integer(metric, source, buffer);
}

static void write_seconds_of_snapshot(const struct metric *metric,
				      const struct metrics_source *source, struct buffer *buffer)
{
	if (source->has_snapshot)
		put_seconds(buffer, metric->name, "", (uint64_t)value_of(metric, source));
}

static void write_build(const struct metric *metric, const struct metrics_source *source,
			struct buffer *buffer)
{
	(void)source;
	buffer_format(buffer, "%s{version=\"" VMASCOPE_VERSION "\"} 1\n", metric->name);
}

static void write_findings(const struct metric *metric, const struct metrics_source *source,
			   struct buffer *buffer)
{
	for (int i = 0; source->has_snapshot && i < FINDING_KIND_COUNT; i++)
		buffer_format(buffer, "%s{kind=\"%s\"} %" PRId64 "\n", metric->name,
			      finding_kinds[i].name, source->findings[i].count);
}

static void write_finding_bytes(const struct metric *metric, const struct metrics_source *source,
				struct buffer *buffer)
{
	for (int i = 0; source->has_snapshot && i < FINDING_KIND_COUNT; i++)
		buffer_format(buffer, "%s{kind=\"%s\"} %" PRId64 "\n", metric->name,
			      finding_kinds[i].name, source->findings[i].bytes);
}

static void write_violations(const struct metric *metric, const struct metrics_source *source,
			     struct buffer *buffer)
{
	for (uint32_t i = 0; source->has_snapshot && i < INVARIANT_COUNT; i++)
		buffer_format(buffer, "%s{rule=\"%s\"} %" PRId64 "\n", metric->name,
			      invariant_info(i + 1)->name, source->violated[i]);
}

static void write_requests(const struct metric *metric, const struct metrics_source *source,
			   struct buffer *buffer)
{
	for (int i = 0; i < COUNTERS_CLASSES; i++)
		buffer_format(buffer, "%s{class=\"%dxx\"} %" PRIu64 "\n", metric->name, i + 1,
			      atomic_load_explicit(&source->counters->requests[i],
						   memory_order_relaxed));
}

static void write_request_seconds(const struct metric *metric, const struct metrics_source *source,
				  struct buffer *buffer)
{
	uint64_t count = 0;

	for (int i = 0; i < COUNTERS_CLASSES; i++)
		count += atomic_load_explicit(&source->counters->requests[i], memory_order_relaxed);
	put_seconds(buffer, metric->name, "_sum",
		    atomic_load_explicit(&source->counters->request_ns, memory_order_relaxed));
	buffer_format(buffer, "%s_count %" PRIu64 "\n", metric->name, count);
}

static void write_rejected(const struct metric *metric, const struct metrics_source *source,
			   struct buffer *buffer)
{
	put_integer(buffer, metric->name,
		    (int64_t)atomic_load_explicit(&source->counters->rejected,
						  memory_order_relaxed));
}

/* clang-format off */

#define OFFSET(member) offsetof(struct metrics_source, member)
#define OF_SNAPSHOT(name, member, help) \
	{"vmascope_" name, "gauge", help, write_of_snapshot, OFFSET(snapshot.member)},
#define SECONDS_OF_SNAPSHOT(name, member, help) \
	{"vmascope_" name, "gauge", help, write_seconds_of_snapshot, OFFSET(snapshot.member)},

static const struct metric metrics[] = {
	{"vmascope_build_info", "gauge", "1, with the version as a label.", write_build, 0},
	{"vmascope_collector_up", "gauge",
	 "1 while a collector writes the database, else 0.", write_known, OFFSET(collector_up)},
	{"vmascope_snapshots", "gauge", "Snapshots in the database.",
	 write_integer, OFFSET(snapshots)},
	{"vmascope_database_bytes", "gauge", "Size of the database with its write-ahead log.",
	 write_integer, OFFSET(database_bytes)},

	OF_SNAPSHOT("snapshot_id", id, "Id of the newest snapshot.")
	SECONDS_OF_SNAPSHOT("snapshot_timestamp_seconds", taken_ns,
			    "When the newest snapshot was taken, since 1970.")
	OF_SNAPSHOT("processes", processes, "Processes with an address space.")
	OF_SNAPSHOT("mms", mms, "Address spaces.")
	OF_SNAPSHOT("vmas", vmas, "VMAs.")
	OF_SNAPSHOT("anon_vmas", anon_vmas, "anon_vmas.")
	OF_SNAPSHOT("avcs", avcs, "anon_vma_chain objects.")
	OF_SNAPSHOT("trees", trees, "Trees of anon_vmas.")
	OF_SNAPSHOT("object_bytes", object_bytes,
		    "Memory of the slab objects of VMAs, anon_vmas and AVCs.")
	OF_SNAPSHOT("idle_anon_vmas", idle_anon_vmas, "anon_vmas that no VMA has active.")
	OF_SNAPSHOT("reusable_anon_vmas", reusable_anon_vmas,
		    "Idle anon_vmas that the next fork() may reuse.")
	OF_SNAPSHOT("reused_vmas", reused_vmas,
		    "VMAs whose active anon_vma is that of a dead ancestor.")
	OF_SNAPSHOT("missed_groups", missed_groups,
		    "Groups of VMAs that fork() gave an anon_vma each where one would do.")
	OF_SNAPSHOT("missed_reuse", missed_reuse,
		    "anon_vmas that one fork() could have done without.")
	OF_SNAPSHOT("blocked_merges", blocked_merges,
		    "Neighbouring VMAs that only their anon_vmas keep apart.")
	OF_SNAPSHOT("max_chain", max_chain, "Length of the longest chain of a VMA.")
	OF_SNAPSHOT("max_depth", max_depth, "Generations of the deepest tree below its root.")
	OF_SNAPSHOT("rmap_max_visits", rmap_max_visits,
		    "The most VMAs that a reverse-map walk for one page visits.")
	OF_SNAPSHOT("torn_mms", torn_mms,
		    "Address spaces that changed while they were read.")
	OF_SNAPSHOT("rewalked_mms", rewalked_mms, "Address spaces that were read again.")
	OF_SNAPSHOT("cut_mms", cut_mms, "Address spaces that were not read to their end.")
	{"vmascope_findings", "gauge", "Findings of the newest snapshot.", write_findings, 0},
	{"vmascope_findings_bytes", "gauge", "Memory that the findings of a kind are about.",
	 write_finding_bytes, 0},
	{"vmascope_invariant_violations", "gauge",
	 "Objects of the newest snapshot that break a rule of the kernel.", write_violations, 0},
	SECONDS_OF_SNAPSHOT("snapshot_walk_seconds", walk_ns,
			    "Time to walk the kernel for the newest snapshot.")
	SECONDS_OF_SNAPSHOT("snapshot_identity_seconds", identity_ns,
			    "Time to tell which objects were there before.")
	SECONDS_OF_SNAPSHOT("snapshot_analyse_seconds", analyse_ns, "Time to analyse it.")
	SECONDS_OF_SNAPSHOT("snapshot_store_seconds", store_ns, "Time to store it.")
	SECONDS_OF_SNAPSHOT("snapshot_cpu_seconds", cpu_ns,
			    "CPU time that the collector took for it.")
	OF_SNAPSHOT("snapshot_stream_bytes", stream_bytes,
		    "Size of what the walk brought from the kernel.")

	{"vmascope_http_requests_total", "counter", "Requests, by the class of their status.",
	 write_requests, 0},
	{"vmascope_http_request_seconds", "summary",
	 "Time to make an answer, without sending it.", write_request_seconds, 0},
	{"vmascope_http_rejected_requests_total", "counter",
	 "Requests that were refused for their headers or their Host.", write_rejected, 0},
	{"vmascope_event_followers", "gauge", "Clients that follow the events now.",
	 write_integer, OFFSET(followers)},
};

/* clang-format on */

void metrics_write(const struct metrics_source *source, struct buffer *buffer)
{
	for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++) {
		const struct metric *metric = &metrics[i];
		size_t before = buffer->size;
		size_t head;

		buffer_format(buffer, "# HELP %s %s\n# TYPE %s %s\n", metric->name, metric->help,
			      metric->name, metric->type);
		head = buffer->size;
		metric->write(metric, source, buffer);
		if (buffer->size == head)
			buffer->size = before;
	}
}
