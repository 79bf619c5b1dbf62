/* Numbers as people and gateways write them, and the one form they get. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "channels/sms/phone.h"
#include "gateway/channel.h"
#include "tests/tap.h"

extern const struct channel_kind sms_kind;

static const struct {
	const char *typed, *region;
	enum phone_kind kind;
	const char *number;
} rows[] = {
	/* In full */
	{ "+49 172 0001234", "", PHONE_NUMBER, "+491720001234" },
	{ "+49 (0)30 123456", "US", PHONE_NUMBER, "+4930123456" },
	{ "+44 (0) 20 7946 0018", "", PHONE_NUMBER, "+442079460018" },
	{ "+44 020 7946 0018", "", PHONE_NUMBER, "+442079460018" },
	{ "+39 06 698 12345", "", PHONE_NUMBER, "+390669812345" },
	{ "+1 (650) 555-1212", "DE", PHONE_NUMBER, "+16505551212" },
	{ "tel:+1-650-555-1212", "", PHONE_NUMBER, "+16505551212" },
	{ "＋４９　１７２　０００１２３４", "", PHONE_NUMBER, "+491720001234" },
	{ "+٢٠ ١٠٠ ١٢٣ ٤٥٦٧", "", PHONE_NUMBER, "+201001234567" },
	{ "\u202a+49 172 0001234\u202c", "", PHONE_NUMBER, "+491720001234" },
	{ "+491720001", "", PHONE_NUMBER, "+491720001" },
	/* With the way out of the country in front */
	{ "0049 172 0001234", "", PHONE_NUMBER, "+491720001234" },
	{ "0049 172 0001234", "FR", PHONE_NUMBER, "+491720001234" },
	{ "011 49 172 0001234", "US", PHONE_NUMBER, "+491720001234" },
	{ "0011 49 172 0001234", "AU", PHONE_NUMBER, "+491720001234" },
	{ "010 49 172 0001234", "JP", PHONE_NUMBER, "+491720001234" },
	{ "810 49 172 0001234", "RU", PHONE_NUMBER, "+491720001234" },
	{ "001 49 172 0001234", "SG", PHONE_NUMBER, "+491720001234" },
	{ "0049 172 0001234", "US", PHONE_UNSURE, "" },
	/* At home */
	{ "0172 0001234", "DE", PHONE_NUMBER, "+491720001234" },
	{ "0172/000-12.34", "DE", PHONE_NUMBER, "+491720001234" },
	{ "172 0001234", "DE", PHONE_NUMBER, "+491720001234" },
	{ "(650) 555-1212", "US", PHONE_NUMBER, "+16505551212" },
	{ "1 650 555 1212", "US", PHONE_NUMBER, "+16505551212" },
	{ "8 912 345-67-89", "RU", PHONE_NUMBER, "+79123456789" },
	{ "06 20 123 4567", "HU", PHONE_NUMBER, "+36201234567" },
	{ "090-1234-5678", "JP", PHONE_NUMBER, "+819012345678" },
	{ "０９０−１２３４−５６７８", "JP", PHONE_NUMBER, "+819012345678" },
	{ "٠١٠٠١٢٣٤٥٦٧", "EG", PHONE_NUMBER, "+201001234567" },
	{ "339 1234567", "IT", PHONE_NUMBER, "+393391234567" },
	{ "3912345678", "IT", PHONE_NUMBER, "+393912345678" },
	{ "612 345 678", "FR", PHONE_NUMBER, "+33612345678" },
	{ "20 12 34 56", "DK", PHONE_NUMBER, "+4520123456" },
	{ "11 91234-5678", "BR", PHONE_NUMBER, "+5511912345678" },
	/* Without its "+", as many gateways give it */
	{ "491720001234", "DE", PHONE_NUMBER, "+491720001234" },
	{ "491720001234", "US", PHONE_NUMBER, "+491720001234" },
	{ "491720001234", "", PHONE_NUMBER, "+491720001234" },
	{ "16505551212", "", PHONE_NUMBER, "+16505551212" },
	/* Nobody can tell */
	{ "0172 0001234", "", PHONE_UNSURE, "" },
	{ "650 555 1212", "", PHONE_UNSURE, "" },
	{ "5551212", "US", PHONE_UNSURE, "" },
	{ "0 11 15 1234-5678", "AR", PHONE_UNSURE, "" },
	{ "+999 1234567", "", PHONE_UNSURE, "" },
	{ "+800 1234 5678", "", PHONE_UNSURE, "" },
	{ "+49 17200012345678", "", PHONE_UNSURE, "" },
	{ "+123", "", PHONE_UNSURE, "" },
	{ "+", "", PHONE_NAME, "" },
	{ "++491720001234", "", PHONE_UNSURE, "" },
	{ "49+1720001234", "", PHONE_UNSURE, "" },
	{ "1111111111111111111111111111111111111111", "", PHONE_UNSURE, "" },
	/* Services and machines */
	{ "40404", "", PHONE_SHORT, "40404" },
	{ "40404", "DE", PHONE_SHORT, "40404" },
	{ "110", "DE", PHONE_SHORT, "110" },
	{ "INFO", "", PHONE_NAME, "" },
	{ "4Alice", "", PHONE_NAME, "" },
	{ "+49 172 0001234 x12", "", PHONE_NAME, "" },
	{ "bob", "US", PHONE_NAME, "" },
	{ "", "", PHONE_NAME, "" },
	{ "\xff\xfe+49", "", PHONE_NAME, "" },
};

/* Every row of the table reads its own numbers, in full and as dialled at home. */
static void
test_table(void)
{
	unsigned rows_bad = 0, home_bad = 0;
	char typed[64], out[PHONE_MAX];
	const struct phone_plan *p;

	for (p = phone_plans; p->region != NULL; p++) {
		for (int n = 4; n <= 15; n++) {
			int len = snprintf(
			    typed, sizeof(typed), "+%s%.*s", p->code, n, "999999999999999");
			bool fits = len >= 8 && len <= 16;
			if ((p->any >> n & 1) != 0 &&
			    (phone_read(typed, "", out) == PHONE_NUMBER) != fits)
				printf("# %s %s\n", p->region, typed), rows_bad++;
		}
		if (p->region[0] != '\0' && !phone_region(p->region))
			rows_bad++;
		if (strcmp(p->trunk, "0") == 0 && (p->any >> 9 & 1) != 0) {
			snprintf(typed, sizeof(typed), "0555555555");
			if (phone_read(typed, p->region, out) != PHONE_NUMBER ||
			    strncmp(out + 1, p->code, strlen(p->code)) != 0)
				printf("# %s %s %s\n", p->region, typed, out), home_bad++;
		}
	}
	ok(rows_bad == 0, "every calling code is known with the lengths of its numbers");
	ok(home_bad == 0, "a trunk 0 gives way to the country's own code");
}

/* What people type for an address, with the settings of a channel. */
static struct conf *
load(const char *rate)
{
	static const struct conf_key none[] = { { .name = NULL } };
	static const struct conf_group groups[] = { { .name = NULL } };
	struct conf_kind kinds[] = { { "sms", sms_kind.keys, sms_kind.check }, { .name = NULL } };
	struct conf_schema schema = { .top = none, .groups = groups, .kinds = kinds };
	struct conf_faults faults = { { 0 }, 0 };
	struct conf *conf;
	char path[] = "/tmp/sms_phone.XXXXXX";
	FILE *f = fdopen(mkstemp(path), "w");

	fprintf(f,
	    "channels = ( { name = \"phone\"; kind = \"sms\"; region = \"DE\"; number = \"1\";\n"
	    "url = \"http://127.0.0.1/x\"; username = \"u\"; password = \"p\"; %s } );\n",
	    rate);
	fclose(f);
	conf = conf_load(path, &schema, &faults);
	unlink(path);
	printf("%s", buf_text(&faults.text));
	buf_free(&faults.text);
	return conf;
}

static void
test_peer(void)
{
	const struct conf_section *s;
	struct conf *conf = load("");
	const char *why = NULL;
	char out[32];

	ok(conf != NULL, "a channel of five settings is complete");
	if (conf == NULL)
		return;
	s = conf_channel(conf, 0);
	ok(sms_kind.peer(s, " (0172) 000 1234 ", out, sizeof(out), &why) == 0 &&
		strcmp(out, "+491720001234") == 0,
	    "an address is E.164, by the channel's region");
	ok(sms_kind.peer(s, "40404", out, sizeof(out), &why) == -1 && why[0] != '\0',
	    "no short code");
	ok(sms_kind.peer(s, "bob@test.example", out, sizeof(out), &why) == -1, "no mail address");
	ok(sms_kind.peer(s, "1234567", out, sizeof(out), &why) == -1, "no number that is not sure");
	ok(sms_kind.peer(s, "+491720001234", out, 8, &why) == -1, "nothing that does not fit");
	ok(sms_kind.costs, "a text costs");
	conf_free(conf);
}

/* What a crash may repeat is what may be sent in a second. */
static void
test_window(void)
{
	static const struct {
		const char *rate;
		unsigned window;
	} rates[] = { { "", 10 }, { "rate = 0.1;", 8 }, { "rate = 250.0;", 250 },
		{ "rate = 1000000.0;", 600 } };

	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		struct conf *conf = load(rates[i].rate);

		ok(conf != NULL && sms_kind.window_for(conf_channel(conf, 0)) == rates[i].window,
		    rates[i].rate[0] != '\0' ? rates[i].rate : "no rate");
		if (conf != NULL)
			conf_free(conf);
	}
}

int
main(void)
{
	char out[PHONE_MAX], *what;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum phone_kind kind = phone_read(rows[i].typed, rows[i].region, out);
		what = mem_printf("\"%s\" in \"%s\" is %s", rows[i].typed, rows[i].region,
		    rows[i].kind == PHONE_NUMBER ? rows[i].number : "no number");
		ok(kind == rows[i].kind && strcmp(out, rows[i].number) == 0, what);
		if (kind != rows[i].kind || strcmp(out, rows[i].number) != 0)
			printf("# kind %d, \"%s\"\n", (int)kind, out);
		free(what);
	}
	test_table();
	test_peer();
	ok(phone_is_e164("+491720001") && !phone_is_e164("491720001") &&
		!phone_is_e164("+49172a001") && !phone_is_e164("+") && !phone_is_e164("") &&
		!phone_is_e164("+9991234567"),
	    "E.164 is recognised");
	ok(phone_region("DE") && !phone_region("de") && !phone_region("") && !phone_region("XX"),
	    "regions are known by two capital letters");
	test_window();
	return tap_done();
}
