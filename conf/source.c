/*
 * We read the files ourselves and hand the parser one text: its own @include knows
 * no limits, loses the mode of the file that a secret stands in, and its scanner
 * ends the process when a read fails.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "conf/section.h"
#include "conf/source.h"

#define INCLUDE_DEPTH 8

/** What the text is in the middle of, at the start of a line. */
enum state { PLAIN, STRING, COMMENT };

static int add_text(
    struct source *s, unsigned file, const char *text, size_t n, int depth, struct conf_faults *f);

const char *
source_slurp(const char *path, size_t max, struct buf *out, mode_t *mode)
{
	char part[8192];
	const char *why = NULL;
	struct stat st;
	ssize_t n;
	int fd;

	/* A pipe without a writer must not hold us up. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1)
		return strerror(errno);
	if (fstat(fd, &st) == -1)
		why = strerror(errno);
	else if (!S_ISREG(st.st_mode))
		why = "it is not a regular file";
	while (why == NULL && (n = read(fd, part, sizeof(part))) != 0) {
		if (n == -1)
			why = strerror(errno);
		else if (out->len + (size_t)n > max)
			why = "it is too long";
		else
			buf_add(out, part, (size_t)n);
	}
	if (why == NULL && mode != NULL)
		*mode = st.st_mode;
	close(fd);
	return why;
}

static void
add_line(struct source *s, unsigned file, unsigned line, const char *text, size_t n)
{
	if (s->lines_n == s->lines_room) {
		s->lines_room = s->lines_room > 0 ? 2 * s->lines_room : 64;
		s->lines = mem_resize(s->lines, s->lines_room, sizeof(*s->lines));
	}
	s->lines[s->lines_n++] = (struct source_line){ file, line };
	buf_add(&s->text, text, n);
	buf_add(&s->text, "\n", 1);
}

/* What state a line that begins in ${was} leaves behind. */
static enum state
after_line(const char *p, const char *end, enum state was)
{
	for (; p < end; p++) {
		if (was == STRING && *p == '\\')
			p++;
		else if (was == STRING && *p == '"')
			was = PLAIN;
		else if (was == COMMENT && *p == '*' && p + 1 < end && p[1] == '/')
			was = PLAIN, p++;
		else if (was == PLAIN && *p == '"')
			was = STRING;
		else if (was == PLAIN && *p == '/' && p + 1 < end && p[1] == '*')
			was = COMMENT, p++;
		else if (was == PLAIN && (*p == '#' || (*p == '/' && p + 1 < end && p[1] == '/')))
			break;
	}
	return was;
}

/* The name in '@include "name"', or NULL if the line is none. */
static char *
include_name(const char *p, const char *end)
{
	static const char word[] = "@include";
	const char *name;

	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	if ((size_t)(end - p) < sizeof(word) || strncmp(p, word, sizeof(word) - 1) != 0)
		return NULL;
	p += sizeof(word) - 1;
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	if (p == end || *p != '"')
		return mem_dup("");
	name = ++p;
	while (p < end && *p != '"')
		p++;
	return mem_dupn(name, p < end ? (size_t)(p - name) : 0);
}

static unsigned
add_file(struct source *s, const char *name, mode_t mode)
{
	s->files = mem_resize(s->files, s->files_n + 1, sizeof(*s->files));
	s->files[s->files_n] = (struct source_file){ mem_dup(name), mode };
	return (unsigned)s->files_n++;
}

static int
include(struct source *s, const char *name, int depth, struct conf_faults *f)
{
	char *path = NULL;
	struct buf text = { 0 };
	const char *why;
	mode_t mode;
	int r = -1;

	if (name[0] == '\0')
		why = "write @include \"FILE\", alone on its line";
	else if (depth >= INCLUDE_DEPTH)
		why = "files include each other too deeply";
	else {
		path = name[0] == '/' ? mem_dup(name) : mem_printf("%s/%s", s->folder, name);
		why = source_slurp(path, SOURCE_MAX, &text, &mode);
	}
	if (why != NULL)
		source_fault(s, f, (unsigned)s->lines_n, "@include", "%s%s%s",
		    path != NULL ? path : "", path != NULL ? ": " : "", why);
	else
		r = add_text(s, add_file(s, path, mode), text.data, text.len, depth + 1, f);
	buf_free(&text);
	free(path);
	return r;
}

static int
add_text(
    struct source *s, unsigned file, const char *text, size_t n, int depth, struct conf_faults *f)
{
	const char *p = text, *end = text + n, *eol;
	enum state state = PLAIN;
	unsigned line = 0;
	char *name;
	int r = 0;

	while (p < end && r == 0) {
		eol = memchr(p, '\n', (size_t)(end - p));
		if (eol == NULL)
			eol = end;
		line++;
		name = state == PLAIN ? include_name(p, eol) : NULL;
		add_line(s, file, line, p, name == NULL ? (size_t)(eol - p) : 0);
		if (name != NULL)
			r = include(s, name, depth, f);
		else
			state = after_line(p, eol, state);
		free(name);
		if (r == 0 && s->text.len > SOURCE_MAX) {
			source_fault(
			    s, f, (unsigned)s->lines_n, NULL, "the settings are longer than 1 MiB");
			r = -1;
		}
		if (r == 0 && memchr(p, '\0', (size_t)(eol - p)) != NULL) {
			source_fault(s, f, (unsigned)s->lines_n, NULL,
			    "holds a NUL byte: is this the right file?");
			r = -1;
		}
		p = eol + 1;
	}
	return r;
}

/* Absolute, because nobody knows where the process will stand when it uses a path. */
static char *
folder_of(const char *name)
{
	const char *slash = strrchr(name, '/');
	char *folder = slash == NULL ? mem_dup(".") : mem_dupn(name, (size_t)(slash - name)), *real;

	if (name[0] == '/')
		return folder;
	real = realpath(folder, NULL);
	if (real == NULL)
		return folder;
	free(folder);
	return real;
}

int
source_take(struct source *s, const char *name, mode_t mode, const char *text, size_t n,
    struct conf_faults *f)
{
	s->folder = folder_of(name);
	return add_text(s, add_file(s, name, mode), text, n, 0, f);
}

int
source_read(struct source *s, const char *path, struct conf_faults *f)
{
	struct buf text = { 0 };
	const char *why;
	mode_t mode = 0;
	int r = -1;

	why = source_slurp(path, SOURCE_MAX, &text, &mode);
	if (why != NULL)
		fault_add(f, path, 0, "settings", "the file cannot be read: %s", why);
	else
		r = source_take(s, path, mode, buf_text(&text), text.len, f);
	buf_free(&text);
	return r;
}

const struct source_file *
source_where(const struct source *s, unsigned line, unsigned *in_file)
{
	static const struct source_file none = { (char *)"defaults", 0 };

	if (s->files_n == 0 || s->lines_n == 0) {
		*in_file = 1;
		return s->files_n > 0 ? &s->files[0] : &none;
	}
	if (line == 0)
		line = 1;
	if (line > s->lines_n)
		line = (unsigned)s->lines_n;
	*in_file = s->lines[line - 1].line;
	return &s->files[s->lines[line - 1].file];
}

void
source_fault(const struct source *s, struct conf_faults *f, unsigned line, const char *key,
    const char *fmt, ...)
{
	const struct source_file *file;
	va_list ap;
	unsigned in_file;
	char reason[512];

	file = source_where(s, line, &in_file);
	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	fault_add(f, file->name, in_file, key != NULL ? key : "settings", "%s", reason);
}

/** A line of the faults, and where it points. */
struct fault_line {
	const char *text;
	size_t len;
	size_t file;
	unsigned long line;
	size_t nth;
};

static int
by_place(const void *va, const void *vb)
{
	const struct fault_line *a = va, *b = vb;

	if (a->file != b->file)
		return a->file < b->file ? -1 : 1;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return a->nth < b->nth ? -1 : a->nth > b->nth;
}

static void
find_place(const struct source *s, struct fault_line *l)
{
	size_t i, n;

	for (i = 0; i < s->files_n; i++) {
		n = strlen(s->files[i].name);
		if (l->len > n && strncmp(l->text, s->files[i].name, n) == 0 && l->text[n] == ':') {
			l->file = i;
			l->line = strtoul(l->text + n + 1, NULL, 10);
			return;
		}
	}
}

void
source_order(const struct source *s, struct conf_faults *f, size_t from)
{
	struct fault_line *lines = NULL;
	struct buf sorted = { 0 };
	const char *p, *end, *eol;
	size_t n = 0, i;

	if (f->text.len <= from)
		return;
	for (p = f->text.data + from, end = f->text.data + f->text.len; p < end; p = eol + 1) {
		eol = strchr(p, '\n');
		lines = mem_resize(lines, n + 1, sizeof(*lines));
		lines[n] = (struct fault_line){ p, (size_t)(eol - p) + 1, 0, 0, n };
		find_place(s, &lines[n++]);
	}
	qsort(lines, n, sizeof(*lines), by_place);
	for (i = 0; i < n; i++)
		buf_add(&sorted, lines[i].text, lines[i].len);
	memcpy(f->text.data + from, sorted.data, sorted.len);
	buf_free(&sorted);
	free(lines);
}

void
source_free(struct source *s)
{
	size_t i;

	for (i = 0; i < s->files_n; i++)
		free(s->files[i].name);
	for (i = 0; i < s->places_n; i++) {
		free(s->places[i].path);
		free(s->places[i].literal);
	}
	free(s->places);
	free(s->files);
	free(s->lines);
	free(s->folder);
	buf_free(&s->text);
	*s = (struct source){ 0 };
}
