#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/landlock.h>
#include <pwd.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "gateway/sandbox.h"

#define FILES_MAX 1024 /* select() in the libraries aborts beyond */
#define MEMORY_MAX (2UL * 1024 * 1024 * 1024)

static int
limit(int what, rlim_t max, const char *name)
{
	struct rlimit r = { max, max };

	if (setrlimit(what, &r) == 0)
		return 0;
	log_warn("the limit of %s cannot be set: %s", name, strerror(errno));
	return -1;
}

/* Root is not needed by any channel: be "hudhud-NAME", else "hudhud", else "nobody". */
static int
drop_root(const char *channel)
{
	const char *names[] = { NULL, "hudhud", "nobody" };
	struct passwd *pw = NULL;
	char own[64];

	if (geteuid() != 0)
		return 0;
	snprintf(own, sizeof(own), "hudhud-%s", channel);
	names[0] = own;
	for (size_t i = 0; pw == NULL && i < sizeof(names) / sizeof(names[0]); i++)
		pw = getpwnam(names[i]);
	if (pw == NULL) {
		log_warn(
		    "there is no user hudhud; add one, or start the service as a user of its own");
		return -1;
	}
	if (setgroups(0, NULL) == 0 && setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) == 0 &&
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) == 0)
		return 0;
	log_warn("it cannot become user %s: %s", pw->pw_name, strerror(errno));
	return -1;
}

int
sandbox_prepare(const char *channel)
{
	if (limit(RLIMIT_CORE, 0, "core dumps") == -1 ||
	    limit(RLIMIT_NOFILE, FILES_MAX, "files") == -1)
		return -1;
#if !defined SANDBOX_LOOSE
	if (limit(RLIMIT_AS, MEMORY_MAX, "memory") == -1)
		return -1;
#endif
	if (drop_root(channel) == -1)
		return -1;
	/* After the change of user, which sets it again. */
	if (prctl(PR_SET_DUMPABLE, 0) == -1 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1) {
		log_warn("prctl: %s", strerror(errno));
		return -1;
	}
	return 0;
}

#if defined SANDBOX_LOOSE

int
sandbox_close(const struct channel_kind *kind)
{
	/* Sanitizers and coverage need to write files and to look at their own threads. */
	(void)kind;
	return 0;
}

#else

/* What the resolver reads at each look-up, and what the C library loads late. */
static const char *const common_files[] = {
	"/etc/resolv.conf",
	"/etc/hosts",
	"/etc/host.conf",
	"/etc/nsswitch.conf",
	"/etc/gai.conf",
	"/etc/services",
	"/etc/protocols",
	"/etc/ld.so.cache",
	"/etc/localtime",
	"/etc/ssl/openssl.cnf",
	"/usr/lib",
	"/lib",
	"/lib64",
	"/usr/share/zoneinfo",
	"/dev/urandom",
	NULL,
};

static void
allow_files(int rules, const char *const *files)
{
	struct landlock_path_beneath_attr rule = { .allowed_access = 0 };

	for (; files != NULL && *files != NULL; files++) {
		rule.parent_fd = open(*files, O_PATH | O_CLOEXEC);
		if (rule.parent_fd == -1)
			continue;
		rule.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
		if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) ==
		    -1) {
			/* A file, not a folder. */
			rule.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE;
			syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
		}
		close(rule.parent_fd);
	}
}

static int
close_files(const struct channel_kind *kind)
{
	struct landlock_ruleset_attr attr = {
		.handled_access_fs = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |
				     LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |
				     LANDLOCK_ACCESS_FS_REMOVE_DIR |
				     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
				     LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
				     LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
				     LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM
	};
	int rules = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	int rc;

	if (rules == -1) {
		log_warn("this kernel has no Landlock (%s): the channel could open files",
		    strerror(errno));
		return 0;
	}
	allow_files(rules, common_files);
	allow_files(rules, kind->files);
	rc = (int)syscall(SYS_landlock_restrict_self, rules, 0);
	close(rules);
	if (rc == -1)
		log_warn("Landlock: %s", strerror(errno));
	return rc;
}

static const int calls[] = {
	SCMP_SYS(read),
	SCMP_SYS(write),
	SCMP_SYS(readv),
	SCMP_SYS(writev),
	SCMP_SYS(pread64),
	SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg),
	SCMP_SYS(recvmmsg),
	SCMP_SYS(sendto),
	SCMP_SYS(sendmsg),
	SCMP_SYS(sendmmsg),
	SCMP_SYS(connect),
	SCMP_SYS(bind),
	SCMP_SYS(getsockname),
	SCMP_SYS(getpeername),
	SCMP_SYS(setsockopt),
	SCMP_SYS(getsockopt),
	SCMP_SYS(shutdown),
	SCMP_SYS(socketpair),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(select),
	SCMP_SYS(pselect6),
	SCMP_SYS(epoll_create1),
	SCMP_SYS(epoll_ctl),
	SCMP_SYS(epoll_wait),
	SCMP_SYS(epoll_pwait),
	SCMP_SYS(eventfd2),
	SCMP_SYS(pipe),
	SCMP_SYS(pipe2),
	SCMP_SYS(close),
	SCMP_SYS(dup),
	SCMP_SYS(dup2),
	SCMP_SYS(dup3),
	SCMP_SYS(fcntl),
	SCMP_SYS(openat),
	SCMP_SYS(open),
	SCMP_SYS(fstat),
	SCMP_SYS(stat),
	SCMP_SYS(lstat),
	SCMP_SYS(newfstatat),
	SCMP_SYS(statx),
	SCMP_SYS(access),
	SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2),
	SCMP_SYS(readlink),
	SCMP_SYS(readlinkat),
	SCMP_SYS(getdents64),
	SCMP_SYS(lseek),
	SCMP_SYS(mmap),
	SCMP_SYS(munmap),
	SCMP_SYS(mprotect),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	SCMP_SYS(brk),
	SCMP_SYS(futex),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(rseq),
	SCMP_SYS(set_tid_address),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigtimedwait),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(tgkill),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_getres),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(nanosleep),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(time),
	SCMP_SYS(alarm),
	SCMP_SYS(setitimer),
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(getppid),
	SCMP_SYS(getuid),
	SCMP_SYS(geteuid),
	SCMP_SYS(getgid),
	SCMP_SYS(getegid),
	SCMP_SYS(getrandom),
	SCMP_SYS(uname),
	SCMP_SYS(sysinfo),
	SCMP_SYS(sched_yield),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(sched_getparam),
	SCMP_SYS(sched_getscheduler),
	SCMP_SYS(sched_setscheduler),
	SCMP_SYS(sched_get_priority_min),
	SCMP_SYS(sched_get_priority_max),
	SCMP_SYS(membarrier),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(prlimit64),
	SCMP_SYS(getrlimit),
	SCMP_SYS(getcwd),
};

/* Calls that are allowed for some of their arguments only. */
static const struct partly {
	int call;
	struct scmp_arg_cmp when;
} partly[] = {
	{ SCMP_SYS(socket), { .arg = 0, .op = SCMP_CMP_EQ, .datum_a = AF_INET } },
	{ SCMP_SYS(socket), { .arg = 0, .op = SCMP_CMP_EQ, .datum_a = AF_INET6 } },
	{ SCMP_SYS(socket), { .arg = 0, .op = SCMP_CMP_EQ, .datum_a = AF_UNIX } },
	/* the kernel's list of addresses, for the resolver */
	{ SCMP_SYS(socket), { .arg = 0, .op = SCMP_CMP_EQ, .datum_a = AF_NETLINK } },
	/* new threads, no new processes */
	{ SCMP_SYS(clone), { .arg = 0,
			       .op = SCMP_CMP_MASKED_EQ,
			       .datum_a = CLONE_THREAD,
			       .datum_b = CLONE_THREAD } },
	{ SCMP_SYS(ioctl), { .arg = 1, .op = SCMP_CMP_EQ, .datum_a = FIONREAD } },
	{ SCMP_SYS(ioctl), { .arg = 1, .op = SCMP_CMP_EQ, .datum_a = FIONBIO } },
};

static int
allow_partly(scmp_filter_ctx f)
{
	int rc = 0;

	for (size_t i = 0; i < sizeof(partly) / sizeof(partly[0]) && rc == 0; i++)
		rc = seccomp_rule_add_array(f, SCMP_ACT_ALLOW, partly[i].call, 1, &partly[i].when);
	/* Its arguments are out of the filter's sight: the C library falls back to clone. */
	return rc != 0 ? rc : seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
}

static int
close_calls(void)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int rc = f == NULL ? -ENOMEM : 0;

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]) && rc == 0; i++)
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, calls[i], 0);
	if (rc == 0)
		rc = allow_partly(f);
	if (rc == 0)
		rc = seccomp_load(f);
	if (f != NULL)
		seccomp_release(f);
	if (rc != 0)
		log_warn("seccomp: %s", strerror(-rc));
	return rc == 0 ? 0 : -1;
}

int
sandbox_close(const struct channel_kind *kind)
{
	return close_files(kind) == 0 && close_calls() == 0 ? 0 : -1;
}

#endif
