#include <string.h>

#include "channels/web/agent.h"
#include "store/session.h"
#include "tests/tap.h"

static void
is(const char *header, const char *name)
{
	char out[SESSION_AGENT_MAX + 1] = "x";

	agent_name(header, out, sizeof out);
	ok(strcmp(out, name) == 0, *name ? name : "nothing");
	if (strcmp(out, name) != 0)
		printf("# %s\n", out);
}

int
main(void)
{
	is(NULL, "");
	is("", "");
	is("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
	    "Firefox/Linux");
	is("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
	   "Chrome/131.0.0.0 Safari/537.36",
	    "Chrome/Windows");
	is("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
	   "Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0",
	    "Edge/Windows");
	is("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
	   "Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
	    "Safari/iPhone");
	is("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
	   "Version/18.1 Safari/605.1.15",
	    "Safari/macOS");
	is("Opera/9.80 (J2ME/MIDP; Opera Mini/4.2.14912/870; U; id) Presto/2.4.15",
	    "Opera Mini/J2ME");
	is("Mozilla/5.0 (SymbianOS/9.2; U; Series60/3.1 NokiaN95/12.0.013; Profile/MIDP-2.0 "
	   "Configuration/CLDC-1.1 ) AppleWebKit/413 (KHTML, like Gecko) Safari/413",
	    "Safari/Symbian");
	is("Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1)", "Internet Explorer/Windows");
	is("Lynx/2.9.0dev.12 libwww-FM/2.14", "Lynx");
	is("ELinks/0.16 (textmode; Linux; 80x24)", "ELinks/Linux");
	is("<script>alert(1)</script> Linux", "Linux");
	is("\xff\xfe %s%n", "");
	return tap_done();
}
