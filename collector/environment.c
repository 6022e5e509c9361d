/* SPDX-License-Identifier: GPL-2.0-only */
#include "environment.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/utsname.h>
#include <unistd.h>

__attribute__((format(printf, 2, 0))) static int print_libbpf(enum libbpf_print_level level,
							      const char *format, va_list args)
{
	if (level == LIBBPF_DEBUG || !getenv("VMASCOPE_BPF_LOG"))
		return 0;
	return vfprintf(stderr, format, args);
}

void environment_quiet_libbpf(void)
{
	libbpf_set_print(print_libbpf);
}

/* What the walk needs of the kernel's types. */
static bool btf_has_struct(const struct btf *btf, const char *name)
{
	return btf__find_by_name_kind(btf, name, BTF_KIND_STRUCT) > 0;
}

static bool btf_has_function(const struct btf *btf, const char *name)
{
	return btf__find_by_name_kind(btf, name, BTF_KIND_FUNC) > 0;
}

/* Fields of anonymous members count as fields of the struct. */
static bool type_has_field(const struct btf *btf, const struct btf_type *type, const char *name)
{
	const struct btf_member *member = btf_members(type);

	for (uint16_t i = 0; i < btf_vlen(type); i++, member++) {
		const char *member_name = btf__name_by_offset(btf, member->name_off);
		const struct btf_type *inner;

		if (strcmp(member_name, name) == 0)
			return true;
		if (*member_name)
			continue;
		inner = btf__type_by_id(btf, (uint32_t)btf__resolve_type(btf, member->type));
		if (inner && btf_is_composite(inner) && type_has_field(btf, inner, name))
			return true;
	}
	return false;
}

static bool btf_has_field(const struct btf *btf, const char *type, const char *field)
{
	int id = btf__find_by_name_kind(btf, type, BTF_KIND_STRUCT);

	return id > 0 && type_has_field(btf, btf__type_by_id(btf, (uint32_t)id), field);
}

/* Each returns true, or false with a sentence in reason. */
struct probe {
	struct btf *btf;
	char reason[256];
};

static bool check_btf(struct probe *probe)
{
	if (probe->btf)
		return true;
	snprintf(probe->reason, sizeof(probe->reason),
		 "the kernel gives no type information in /sys/kernel/btf/vmlinux; "
		 "it has to be built with CONFIG_DEBUG_INFO_BTF=y");
	return false;
}

static bool check_iterator(struct probe *probe)
{
	struct utsname name;

	if (!probe->btf || btf_has_struct(probe->btf, "bpf_iter__task_vma"))
		return true;
	uname(&name);
	snprintf(probe->reason, sizeof(probe->reason),
		 "kernel %.64s has no BPF iterator over VMAs (iter/task_vma); "
		 "Linux 5.12 or newer with CONFIG_BPF_SYSCALL=y is needed",
		 name.release);
	return false;
}

static bool check_structures(struct probe *probe)
{
	static const struct {
		const char *type, *field;
	} needed[] = {
		{"anon_vma", "root"},		{"anon_vma", "parent"},
		{"anon_vma_chain", "same_vma"}, {"vm_area_struct", "anon_vma_chain"},
		{"mm_struct", "map_count"},
	};

	for (size_t i = 0; probe->btf && i < sizeof(needed) / sizeof(needed[0]); i++) {
		if (btf_has_field(probe->btf, needed[i].type, needed[i].field))
			continue;
		snprintf(probe->reason, sizeof(probe->reason),
			 "this kernel has no %s.%s; it is not one that vmascope knows",
			 needed[i].type, needed[i].field);
		return false;
	}
	return true;
}

static bool has_capability(cap_value_t capability)
{
	cap_flag_value_t value = CAP_CLEAR;
	cap_t mine = cap_get_proc();

	if (mine)
		cap_get_flag(mine, capability, CAP_EFFECTIVE, &value);
	cap_free(mine);
	return value == CAP_SET;
}

static bool check_capabilities(struct probe *probe)
{
	bool bpf = has_capability(CAP_BPF), perfmon = has_capability(CAP_PERFMON);

	if (has_capability(CAP_SYS_ADMIN) || (bpf && perfmon))
		return true;
	snprintf(probe->reason, sizeof(probe->reason),
		 "no permission to read the kernel (%s%s%s); run as root, or give the program "
		 "what it needs with setcap cap_bpf,cap_perfmon+ep",
		 bpf ? "" : "CAP_BPF", bpf || perfmon ? "" : " and ", perfmon ? "" : "CAP_PERFMON");
	return false;
}

static bool check_lockdown(struct probe *probe)
{
	char line[128] = "";
	FILE *file = fopen("/sys/kernel/security/lockdown", "re");

	if (!file)
		return true;
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	if (!strstr(line, "[confidentiality]"))
		return true;
	snprintf(probe->reason, sizeof(probe->reason),
		 "the kernel is locked down (confidentiality), which forbids BPF to read kernel "
		 "memory; boot with lockdown=integrity or without lockdown");
	return false;
}

static bool check_bpf(struct probe *probe)
{
	struct bpf_insn instructions[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0},
		{.code = BPF_JMP | BPF_EXIT},
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, NULL, "GPL", instructions, 2, NULL);

	if (fd >= 0) {
		close(fd);
		return true;
	}
	snprintf(probe->reason, sizeof(probe->reason),
		 "the kernel refuses to load a BPF program (%s); a container or security policy "
		 "may forbid the bpf system call",
		 strerror(errno));
	return false;
}

static const struct check {
	const char *name;
	bool (*passes)(struct probe *probe);
} checks[] = {
	{"kernel type information (BTF)", check_btf},
	{"BPF iterator over VMAs", check_iterator},
	{"known kernel structures", check_structures},
	{"capabilities", check_capabilities},
	{"lockdown", check_lockdown},
	{"BPF programs can be loaded", check_bpf},
};

bool environment_check(FILE *out, bool quiet)
{
	struct probe probe = {0};
	bool all = true;

	environment_quiet_libbpf();
	probe.btf = btf__load_vmlinux_btf();

	/* a later check says little where an earlier one failed */
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]) && (all || !quiet); i++) {
		bool passed = checks[i].passes(&probe);

		all &= passed;
		if (!passed && quiet)
			fprintf(out, "vmascope-collector: %s\n", probe.reason);
		else if (!passed)
			fprintf(out, "%s: missing: %s\n", checks[i].name, probe.reason);
		else if (!quiet)
			fprintf(out, "%s: ok\n", checks[i].name);
	}
	btf__free(probe.btf);
	return all;
}

int environment_features(struct environment_features *features)
{
	struct btf *btf = btf__load_vmlinux_btf();

	if (!btf)
		return -errno;
	*features = (struct environment_features){
		.rdonly_cast = btf_has_function(btf, "bpf_rdonly_cast"),
		.bpf_loop = btf_has_function(btf, "bpf_loop"),
		.task_filter = btf_has_field(btf, "bpf_iter_seq_task_common", "type"),
		.mm_lock_seq = btf_has_field(btf, "mm_struct", "mm_lock_seq"),
	};
	btf__free(btf);
	return 0;
}

static void read_line(const char *path, char *line, size_t size)
{
	FILE *file = fopen(path, "re");

	line[0] = '\0';
	if (!file)
		return;
	if (!fgets(line, (int)size, file))
		line[0] = '\0';
	line[strcspn(line, "\n")] = '\0';
	fclose(file);
}

/* The column of /proc/slabinfo after the name: 0 active objects, 2 object
 * size; 0 when the cache is not listed (merged, or not readable). */
static unsigned long slabinfo(const char *cache, int column)
{
	unsigned long values[3] = {0};
	char name[64], line[512];
	FILE *file = fopen("/proc/slabinfo", "re");
	bool found = false;

	if (!file)
		return 0;
	while (!found && fgets(line, sizeof(line), file))
		found = sscanf(line, "%63s %lu %lu %lu", name, &values[0], &values[1],
			       &values[2]) == 4 &&
			strcmp(name, cache) == 0;
	fclose(file);
	return found ? values[column] : 0;
}

static uint32_t object_bytes(const struct btf *btf, const char *cache, const char *type)
{
	unsigned long slab = slabinfo(cache, 2);
	int id = btf && !slab ? btf__find_by_name_kind(btf, type, BTF_KIND_STRUCT) : 0;

	if (id > 0)
		return btf__type_by_id(btf, (uint32_t)id)->size;
	return (uint32_t)slab;
}

unsigned long environment_anon_vma_count(void)
{
	return slabinfo("anon_vma", 0);
}

unsigned long environment_vma_count(void)
{
	return slabinfo("vm_area_struct", 0);
}

void environment_describe(struct record_begin *begin)
{
	struct btf *btf = btf__load_vmlinux_btf();
	struct utsname name;

	uname(&name);
	begin->page_size = (uint32_t)sysconf(_SC_PAGESIZE);
	snprintf(begin->release, sizeof(begin->release), "%s", name.release);
	snprintf(begin->machine, sizeof(begin->machine), "%.31s", name.machine);
	snprintf(begin->host, sizeof(begin->host), "%s", name.nodename);
	read_line("/proc/sys/kernel/random/boot_id", begin->boot_id, sizeof(begin->boot_id));
	begin->vma_bytes = object_bytes(btf, "vm_area_struct", "vm_area_struct");
	begin->anon_vma_bytes = object_bytes(btf, "anon_vma", "anon_vma");
	begin->avc_bytes = object_bytes(btf, "anon_vma_chain", "anon_vma_chain");
	begin->kernel = 0;
	if (btf && btf_has_field(btf, "mm_struct", "mm_lock_seq"))
		begin->kernel |= RECORD_KERNEL_MM_LOCK_SEQ;
	if (btf && btf_has_field(btf, "anon_vma", "num_active_vmas"))
		begin->kernel |= RECORD_KERNEL_SPLIT_COUNTERS;
	if (btf && btf_has_field(btf, "vm_area_struct", "__vm_anon_pgoff_lo"))
		begin->kernel |= RECORD_KERNEL_ANON_PGOFF;
	btf__free(btf);
}
