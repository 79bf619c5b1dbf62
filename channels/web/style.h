#ifndef HUDHUD_CHANNELS_WEB_STYLE_H
#define HUDHUD_CHANNELS_WEB_STYLE_H

/* The style sheet, the script and the mark are part of the program: the build makes strings of the files. */
extern const char style_css[], mark_svg[], hudhud_js[];

/** The templates of pages/, without ".html"; the last has no name. */
extern const struct page_file {
	const char *name, *text;
} page_files[];

/** A word that changes with the style sheet; with the script. */
const char *style_version(void);
const char *script_version(void);

/** Work out the versions; once, before threads. */
void style_init(void);

#endif
