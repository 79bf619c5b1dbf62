#include "gateway/export.h"
#include "gateway/operate.h"

static bool
carry(void *cookie, const char *text, size_t n)
{
	struct operation *o = cookie;

	operate_say(o, "%.*s", (int)n, text);
	return o->error[0] == '\0';
}

bool
operate_export(struct operation *o)
{
	switch (export_person(core_store(o->core), o->args[0], carry, o)) {
	case EXPORT_OK:
		return true;
	case EXPORT_NOBODY:
		return operate_fail(o, "there is no user \"%.40s\"", o->args[0]);
	default:
		return o->error[0] == '\0' &&
		       operate_fail(
			   o, "the store cannot be read now (is the database away?): try later");
	}
}
