#ifndef HUDHUD_EMAIL_HTML_H
#define HUDHUD_EMAIL_HTML_H

/** Call once, before threads. */
void html_load(void);

/**
 * The text that a person sees of ${html} (UTF-8); what is quoted gets "> " before its lines,
 * what mail programs mark as the mail that is answered is left out.  Links keep their text.
 * The caller frees it.
 */
char *html_to_text(const char *html);

#endif
