/* The floor: memory, buffers, the bell, the clock and the log. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bell.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "tests/tap.h"

static void
test_bell(void)
{
	struct bell *b = bell_new();
	struct pollfd p;
	int pipe_fd[2], i;

	ok(b != NULL, "there is a bell");
	if (b == NULL)
		return;
	p = (struct pollfd){ .fd = bell_fd(b), .events = POLLIN };
	ok(!bell_heard(b) && poll(&p, 1, 0) == 0, "it is silent at first");
	for (i = 0; i < 1000; i++)
		bell_ring(b);
	ok(poll(&p, 1, 0) == 1, "rung, it polls readable");
	bell_wait(b, -1, 60000);
	ok(bell_heard(b), "it rings on after the wait, and is heard");
	ok(!bell_heard(b) && poll(&p, 1, 0) == 0, "a thousand rings are one");
	if (pipe(pipe_fd) == 0) {
		ok(write(pipe_fd[1], "x", 1) == 1, "another descriptor is ready");
		bell_wait(b, pipe_fd[0], 60000);
		ok(!bell_heard(b), "that ends the wait, too");
		close(pipe_fd[0]);
		close(pipe_fd[1]);
	}
	bell_free(b);
	bell_free(NULL);
}

static void
test_buf(void)
{
	struct buf b = { 0 };
	char *s;
	int i;

	ok(strcmp(buf_text(&b), "") == 0, "an empty buffer is the empty text");
	for (i = 0; i < 1000; i++)
		buf_printf(&b, "%d,", i % 10);
	ok(b.len == 2000 && strlen(buf_text(&b)) == 2000, "it grows");
	buf_drop(&b, 1998);
	ok(strcmp(buf_text(&b), "9,") == 0, "its beginning can be dropped");
	buf_text_add(&b, NULL);
	buf_add(&b, "\0x", 2);
	ok(b.len == 4 && b.data[2] == '\0' && b.data[3] == 'x' && b.data[4] == '\0',
	    "it holds any bytes, and a NUL behind them");
	buf_clear(&b);
	ok(b.len == 0 && strcmp(buf_text(&b), "") == 0, "it can be emptied");
	s = buf_take(&b);
	ok(strcmp(s, "") == 0 && b.data == NULL, "what is taken is never NULL");
	free(s);
	buf_text_add(&b, "x");
	s = buf_take(&b);
	ok(strcmp(s, "x") == 0 && b.len == 0, "the text is the taker's");
	free(s);
	buf_drop(&b, 0);
	buf_free(&b);
}

/* How a child that runs ${f} ends. */
static int
status_of(void (*f)(void))
{
	pid_t pid = fork();
	int status = 0, null;

	if (pid == 0) {
		null = dup(STDERR_FILENO);
		(void)null;
		close(STDERR_FILENO);
		f();
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
too_much(void)
{
	free(mem_resize(NULL, (size_t)-1 / 2, 3));
}

static void
die(void)
{
	log_die("the end");
}

static void
test_mem(void)
{
	char small[4], *s;

	s = mem_new(0);
	ok(s != NULL, "no bytes are something");
	free(s);
	s = mem_dupn("abc", 2);
	ok(strcmp(s, "ab") == 0 && mem_dup(NULL) == NULL, "texts are copied");
	free(s);
	s = mem_printf("%d%s", 5, "x");
	ok(strcmp(s, "5x") == 0, "texts are printed");
	free(s);
	ok(mem_copy(small, sizeof(small), "abc") == 0 && strcmp(small, "abc") == 0,
	    "what fits fits");
	ok(mem_copy(small, sizeof(small), "abcd") == -1 && small[0] == '\0',
	    "what does not is not cut");
	ok(status_of(too_much) == 1, "a size that overflows ends the process");
	ok(status_of(die) == 1, "so does log_die");
}

/* What the log makes of a line. */
static void
logged(char *out, size_t size, const char *context, const char *text)
{
	int fd[2], saved = dup(STDERR_FILENO);
	ssize_t n = -1;

	out[0] = '\0';
	if (saved == -1 || pipe(fd) == -1)
		return;
	dup2(fd[1], STDERR_FILENO);
	log_context(context);
	errno = ENOENT;
	log_warn("%s", text);
	ok(errno == ENOENT, "the log leaves errno alone");
	log_context(NULL);
	dup2(saved, STDERR_FILENO);
	close(fd[1]);
	n = read(fd[0], out, size - 1);
	out[n > 0 ? n : 0] = '\0';
	close(fd[0]);
	close(saved);
}

static void
test_log(void)
{
	static char line[8192], big[5000];

	unsetenv("JOURNAL_STREAM");
	logged(line, sizeof(line), NULL, "plain é م");
	ok(strcmp(line, "warning: plain é م\n") == 0, "a line is a line");
	logged(line, sizeof(line), "phone", "x");
	ok(strcmp(line, "warning: phone: x\n") == 0, "with its context");
	logged(line, sizeof(line), NULL, "a\nfatal: b\r\x1b[31m\x7f\t");
	ok(strcmp(line, "warning: a\\x0afatal: b\\x0d\\x1b[31m\\x7f\\x09\n") == 0,
	    "controls are escaped, so that no text forges a line");
	logged(line, sizeof(line), NULL, "a\xc2\x9b\xc2\x85z");
	ok(strcmp(line, "warning: a\\xc2\\x9b\\xc2\\x85z\n") == 0, "so is C1");
	logged(line, sizeof(line), NULL, "a\xe2\x80\xae\xe2\x81\xa6z");
	ok(strcmp(line, "warning: a\\xe2\\x80\\xae\\xe2\\x81\\xa6z\n") == 0,
	    "so are the overrides of direction");
	memset(big, 1, sizeof(big) - 1);
	logged(line, sizeof(line), NULL, big);
	ok(strlen(line) < 5000 && line[strlen(line) - 1] == '\n', "a long line is cut, and ends");
	setenv("JOURNAL_STREAM", "8:1", 1);
	logged(line, sizeof(line), NULL, "x");
	ok(strcmp(line, "<4>warning: x\n") == 0, "the journal gets its prefix");
	unsetenv("JOURNAL_STREAM");
}

static void
test_clock(void)
{
	int64_t us = clock_us(), ms = clock_ms();

	ok(clock_us() >= us && clock_ms() >= ms, "the clock does not go back");
	ok(ms - us / 1000 >= 0 && ms > 0, "milliseconds follow microseconds");
	ok(clock_wall() > 1600000000, "the wall clock knows the century");
}

int
main(void)
{
	test_bell();
	test_buf();
	test_mem();
	test_log();
	test_clock();
	return tap_done();
}
