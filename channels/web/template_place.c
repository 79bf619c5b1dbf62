#include <ctype.h>
#include <string.h>

#include "channels/web/template_parts.h"

static void
add_letter(char *word, size_t size, char c)
{
	size_t n = strlen(word);

	if (n + 1 < size) {
		word[n] = c;
		word[n + 1] = '\0';
	}
}

static void
tag_ends(struct place *w)
{
	w->at = strcmp(w->tag, "script") == 0 || strcmp(w->tag, "style") == 0 ? IN_SCRIPT : IN_TEXT;
	w->attribute[0] = '\0';
}

bool
place_on(struct place *w, char c, char next)
{
	if (w->at == IN_TEXT || w->at == IN_SCRIPT) {
		if (c == '<' && (w->at == IN_TEXT || next == '/')) {
			w->at = IN_NAME;
			w->tag[0] = '\0';
		}
	} else if (w->at == IN_ATTRIBUTE) {
		w->begun = true;
		if (c == '"') {
			w->at = IN_TAG;
			w->attribute[0] = '\0';
		}
	} else if (c == '>') {
		tag_ends(w);
	} else if (w->at == IN_NAME) {
		if (isspace((unsigned char)c))
			w->at = IN_TAG;
		else
			add_letter(w->tag, sizeof w->tag, c);
	} else if (c == '=') {
		return next == '"';
	} else if (c == '"') {
		w->at = IN_ATTRIBUTE;
		w->begun = false;
	} else if (isspace((unsigned char)c)) {
		w->attribute[0] = '\0';
	} else {
		add_letter(w->attribute, sizeof w->attribute, c);
	}
	return true;
}

bool
place_is_address(const struct place *w)
{
	return w->at == IN_ATTRIBUTE &&
	       (strcmp(w->attribute, "href") == 0 || strcmp(w->attribute, "src") == 0 ||
		   strcmp(w->attribute, "action") == 0);
}

bool
place_is_plain(const struct place *w)
{
	return w->at != IN_TEXT || strcmp(w->tag, "title") == 0 ||
	       strcmp(w->tag, "textarea") == 0 || strcmp(w->tag, "option") == 0;
}

bool
place_is_code(const struct place *w)
{
	const char *attribute = w->attribute;

	return strncmp(attribute, "on", 2) == 0 || strcmp(attribute, "style") == 0 ||
	       strcmp(attribute, "srcset") == 0 || strcmp(attribute, "srcdoc") == 0 ||
	       strcmp(attribute, "formaction") == 0;
}
