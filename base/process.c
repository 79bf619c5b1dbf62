#include "base/process.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* The entries of ${folder} that are numbers, without ${less} of them. */
static int64_t
count_entries(const char *folder, int64_t less)
{
	DIR *d = opendir(folder);
	const struct dirent *e;
	int64_t n = 0;

	if (d == NULL)
		return 0;
	while ((e = readdir(d)) != NULL)
		n += e->d_name[0] != '.';
	closedir(d);
	return n - less;
}

static void
read_memory(struct process_figures *p)
{
	FILE *f = fopen("/proc/self/statm", "re");
	long long size = 0, resident = 0, page = sysconf(_SC_PAGESIZE);

	if (f == NULL)
		return;
	if (fscanf(f, "%lld %lld", &size, &resident) == 2) {
		p->size = size * page;
		p->resident = resident * page;
	}
	fclose(f);
}

void
process_figures(struct process_figures *p)
{
	struct timespec cpu = { 0 };
	struct rlimit limit;

	memset(p, 0, sizeof(*p));
	read_memory(p);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
	p->cpu_us = (int64_t)cpu.tv_sec * 1000000 + cpu.tv_nsec / 1000;
	p->fds = count_entries("/proc/self/fd", 1); /* that which reads them */
	p->threads = count_entries("/proc/self/task", 0);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		p->fds_max = limit.rlim_cur == RLIM_INFINITY ? -1 : (int64_t)limit.rlim_cur;
}
