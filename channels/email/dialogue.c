#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "channels/email/dialogue.h"
#include "channels/email/wire.h"

/* The code that ${line} begins with, 0 if with none; and does the reply go on? */
static int
code_of(const char *line, bool *more)
{
	*more = false;
	for (int i = 0; i < 3; i++)
		if (!isdigit((unsigned char)line[i]))
			return 0;
	if (line[3] != ' ' && line[3] != '-' && line[3] != '\0')
		return 0;
	*more = line[3] == '-';
	return (line[0] - '0') * 100 + (line[1] - '0') * 10 + line[2] - '0';
}

int
dialogue_reply(mailsmtp *m)
{
	bool more = true;
	char *line;

	mmap_string_truncate(m->response_buffer, 0);
	m->response_code = 0;
	while (more) {
		line = mailstream_read_line_remove_eol(m->stream, m->line_buffer);
		m->response_code = line != NULL ? code_of(line, &more) : 0;
		if (m->response_code == 0)
			break;
		if (line[3] != '\0')
			mmap_string_append(m->response_buffer, line + 4);
		if (more)
			mmap_string_append_c(m->response_buffer, '\n');
	}
	m->response = m->response_buffer->str;
	return dialogue_code(m);
}

int
dialogue_command(mailsmtp *m, const char *line)
{
	mailstream_write(m->stream, line, strlen(line));
	mailstream_write(m->stream, "\r\n", 2);
	mailstream_flush(m->stream);
	return dialogue_reply(m);
}

int
dialogue_code(const mailsmtp *m)
{
	return m->stream == NULL || wire_fault(m->stream)[0] != '\0' ? 0 : m->response_code & 0xfff;
}

const char *
dialogue_text(const mailsmtp *m)
{
	return m->response != NULL ? m->response : "";
}

void
dialogue_words(const mailsmtp *m, char *out, size_t size)
{
	const char *s = dialogue_text(m);
	size_t n = 0, len;

	while (*s != '\0' && *s != '\n' && n + 8 < size) {
		len = strcspn(s, " \n");
		if (memchr(s, '@', len) != NULL) {
			memcpy(out + n, "<...>", 5);
			n += 5;
		} else {
			for (size_t i = 0; i < len && n + 8 < size; i++)
				out[n++] = s[i] >= ' ' && s[i] < 0x7f ? s[i] : '?';
		}
		s += len;
		while (*s == ' ')
			s++;
		if (*s != '\0' && *s != '\n')
			out[n++] = ' ';
	}
	out[n] = '\0';
}

void
dialogue_why(const mailsmtp *m, const char *what, char *why, size_t size)
{
	char text[120];

	if (m->stream != NULL && wire_fault(m->stream)[0] != '\0') {
		snprintf(why, size, "%s: %s", what, wire_fault(m->stream));
		return;
	}
	dialogue_words(m, text, sizeof(text));
	snprintf(why, size, "%s: %d %s", what, m->response_code & 0xfff, text);
}
