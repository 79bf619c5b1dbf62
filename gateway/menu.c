#include "gateway/menu.h"

#include "base/lang.h"
#include "gateway/channel.h"
#include "gateway/command.h"
#include "gateway/frame.h"

/* Does a command of ${shape} take something behind its word? */
static int
takes(enum shape shape)
{
	switch (shape) {
	case SHAPE_ALONE:
		return MENU_ALONE;
	case SHAPE_NAME_MAYBE:
	case SHAPE_HELP:
	case SHAPE_CODE:
	case SHAPE_WORDS:
	case SHAPE_SWITCH:
		return MENU_MAYBE;
	default:
		return MENU_NEEDS;
	}
}

static void
put_lang(struct buf *out, const char *lang)
{
	size_t mark = frame_begin(out, FRAME_MENU);
	uint64_t n = 0;

	for (const struct command *c = command_table; c->word; c++)
		n += command_does(c->verb);
	frame_text(out, lang);
	frame_text(out, lang_text(lang, N_("Sent. The answer comes as a message.")));
	frame_u64(out, n);
	for (const struct command *c = command_table; c->word; c++) {
		if (!command_does(c->verb))
			continue;
		frame_text(out, c->word);
		frame_text(out, lang_text(lang, c->help));
		frame_u64(out, (uint64_t)takes(c->shape));
	}
	frame_end(out, mark);
}

void
menu_put(struct buf *out)
{
	const char *lang;

	put_lang(out, "en");
	for (size_t i = 0; (lang = lang_name(i)) != NULL; i++)
		put_lang(out, lang);
}
