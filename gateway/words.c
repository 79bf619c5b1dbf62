#include "base/lang.h"
#include "gateway/lexicon.h"

/*
 * The table.  Aliases are folded (fold.h): no capitals, no hamza, no Arabic marks.  Those here act
 * for everybody.  Words of a language are in its catalogue and act for its people only, so that another
 * language's everyday words stay statuses; but words that make a text private act for everybody,
 * for a text that begins like one is never public.
 */
const struct command command_table[] = {
	/*
	 * TRANSLATORS: of "command words" and "argument words", the translation is a list: words of
	 * your language that do the same as the English one, with a blank between two.  The English
	 * word works besides.  Help shows the first.  A command of two words has "_" between them
	 * here; people write a blank.  Take words that nobody begins a sentence with.
	 */
	/* where no catalogue is loaded, too: what begins like one must not be published */
	{ NC_("command words", "d"), "dm direct خاص ダイレクト", SHAPE_NAME_TEXT, VERB_DIRECT,
	    SUBJECT_SAY, N_("d NAME text: a direct message. Only NAME sees it.") },
	{ NC_("command words", "r"), "", SHAPE_TEXT, VERB_REPLY, SUBJECT_SAY,
	    N_("r text: answers what reached you here last; privately if that was private.") },
	{ NC_("command words", "post"), "", SHAPE_TEXT, VERB_POST, SUBJECT_SAY,
	    N_("post text: a status, even if it looks like a command. post: says what was held back.") },
	{ NC_("command words", "undo"), "", SHAPE_ALONE, VERB_UNDO, SUBJECT_SAY,
	    N_("undo: takes back what you have just sent.") },
	{ NC_("command words", "delete"), "", SHAPE_ALONE, VERB_DELETE, SUBJECT_SAY,
	    N_("delete: removes the last that you said.") },
	{ NC_("command words", "fav"), "favorite favourite", SHAPE_NAME_MAYBE, VERB_FAV,
	    SUBJECT_SAY,
	    N_("fav: keeps what you got last among your favourites. fav NAME: the last of NAME.") },
	{ NC_("command words", "rt"), "retweet", SHAPE_NAME_MAYBE, VERB_RT, SUBJECT_SAY,
	    N_("rt: passes on what you got last to those who follow you. rt NAME: the last of NAME.") },
	{ NC_("command words", "follow"), "f", SHAPE_NAME, VERB_FOLLOW, SUBJECT_PEOPLE,
	    N_("follow NAME: get what NAME says. Stop with: leave NAME") },
	{ NC_("command words", "leave"), "l unfollow", SHAPE_NAME, VERB_LEAVE, SUBJECT_PEOPLE,
	    N_("leave NAME: follow NAME no more.") },
	{ NC_("command words", "get"), "", SHAPE_NAME, VERB_GET, SUBJECT_PEOPLE,
	    N_("get NAME: the last that NAME said.") },
	{ NC_("command words", "whois"), "", SHAPE_NAME, VERB_WHOIS, SUBJECT_PEOPLE,
	    N_("whois NAME: who that is.") },
	{ NC_("command words", "nudge"), "", SHAPE_NAME, VERB_NUDGE, SUBJECT_PEOPLE,
	    N_("nudge NAME: asks NAME what they are doing.") },
	{ NC_("command words", "invite"), "", SHAPE_ADDRESS, VERB_INVITE, SUBJECT_PEOPLE,
	    N_("invite ADDRESS: asks somebody to come here, by phone number or mail address.") },
	{ NC_("command words", "track"), "", SHAPE_WORDS, VERB_TRACK, SUBJECT_PEOPLE,
	    N_("track WORD: get what anybody says with it. track: which words. track off: none.") },
	{ NC_("command words", "untrack"), "", SHAPE_WORDS, VERB_UNTRACK, SUBJECT_PEOPLE,
	    N_("untrack WORD: undoes track.") },
	{ NC_("command words", "requests"), "", SHAPE_ALONE, VERB_REQUESTS, SUBJECT_PEOPLE,
	    N_("requests: who asks to follow you.") },
	{ NC_("command words", "accept"), "", SHAPE_NAME, VERB_ACCEPT, SUBJECT_PEOPLE,
	    N_("accept NAME: let NAME follow you.") },
	{ NC_("command words", "deny"), "", SHAPE_NAME, VERB_DENY, SUBJECT_PEOPLE,
	    N_("deny NAME: do not let NAME follow you. NAME is not told.") },
	{ NC_("command words", "block"), "", SHAPE_NAME, VERB_BLOCK, SUBJECT_PEOPLE,
	    N_("block NAME: NAME cannot follow you or write to you, nor you NAME.") },
	{ NC_("command words", "unblock"), "", SHAPE_NAME, VERB_UNBLOCK, SUBJECT_PEOPLE,
	    N_("unblock NAME: undoes block.") },
	{ NC_("command words", "report"), "", SHAPE_NAME_NOTE, VERB_REPORT, SUBJECT_PEOPLE,
	    N_("report NAME: tells the operator that NAME does harm.") },
	{ NC_("command words", "on"), "", SHAPE_NAME_MAYBE, VERB_ON, SUBJECT_HERE,
	    N_("on: messages come here. on NAME: those of NAME, too.") },
	{ NC_("command words", "off"), "", SHAPE_NAME_MAYBE, VERB_OFF, SUBJECT_HERE,
	    N_("off: no messages come here until you send: on. off NAME: none of NAME.") },
	{ NC_("command words", "stop"), "", SHAPE_NAME_MAYBE, VERB_STOP, SUBJECT_HERE,
	    N_("stop: nothing is sent here any more, whatever it is. Undo with: start") },
	{ NC_("command words", "start"), "", SHAPE_ALONE, VERB_START, SUBJECT_HERE,
	    N_("start: undoes stop.") },
	{ NC_("command words", "sleep"), "", SHAPE_HOURS, VERB_SLEEP, SUBJECT_HERE,
	    N_("sleep 22:00-7:00: quiet every night. sleep 8h: quiet from now on. sleep off: never.") },
	{ NC_("command words", "wake"), "", SHAPE_ALONE, VERB_WAKE, SUBJECT_HERE,
	    N_("wake: ends sleep and mute now.") },
	{ NC_("command words", "mute"), "", SHAPE_NAME_HOURS, VERB_MUTE, SUBJECT_HERE,
	    N_("mute NAME 1d: nothing of NAME for a day. mute 2h: nothing of anybody.") },
	{ NC_("command words", "unmute"), "", SHAPE_NAME, VERB_UNMUTE, SUBJECT_HERE,
	    N_("unmute NAME: undoes mute.") },
	{ NC_("command words", "prefer"), "", SHAPE_KINDS, VERB_PREFER, SUBJECT_HERE,
	    N_("prefer im when there, sms for mentions 3 a day, mail: where messages go, in this order.") },
	{ NC_("command words", "why"), "", SHAPE_ALONE, VERB_WHY, SUBJECT_HERE,
	    N_("why: the reason that the last message came to you here.") },
	{ NC_("command words", "trace"), "", SHAPE_ALONE, VERB_TRACE, SUBJECT_HERE,
	    N_("trace: where the last that you said has got to.") },
	{ NC_("command words", "status"), "", SHAPE_ALONE, VERB_SERVICE, SUBJECT_HERE,
	    N_("status: whether the service works, and what it knows of this address.") },
	{ NC_("command words", "join"), "", SHAPE_ONE, VERB_JOIN, SUBJECT_ACCOUNT,
	    N_("join NAME: sign up from here as NAME: 1 to 15 letters a-z, digits or _") },
	{ NC_("command words", "link"), "", SHAPE_CODE, VERB_LINK, SUBJECT_ACCOUNT,
	    N_("link: gives a code. Send it from another phone, chat or mail address of yours to add that one.") },
	{ NC_("command words", "pin"), "", SHAPE_PIN, VERB_PIN, SUBJECT_ACCOUNT,
	    N_("pin 4711: what you send by text must begin with these digits. pin off: not any more.") },
	{ NC_("command words", "protect"), "", SHAPE_ALONE, VERB_PROTECT, SUBJECT_ACCOUNT,
	    N_("protect: only followers whom you accept see what you say.") },
	{ NC_("command words", "unprotect"), "", SHAPE_ALONE, VERB_UNPROTECT, SUBJECT_ACCOUNT,
	    N_("unprotect: everybody may see what you say.") },
	{ NC_("command words", "stats"), "", SHAPE_ALONE, VERB_STATS, SUBJECT_ACCOUNT,
	    N_("stats: your numbers.") },
	{ NC_("command words", "lang"), "language", SHAPE_LANG, VERB_LANG, SUBJECT_ACCOUNT,
	    N_("lang CODE: the language of the answers: en, ar, ja.") },
	{ NC_("command words", "whole"), "", SHAPE_SWITCH, VERB_WHOLE, SUBJECT_ACCOUNT,
	    N_("whole on: what you say is sent even if it is too long, with a link where there is no "
	       "room. Undo: whole off") },
	{ NC_("command words", "zone"), "timezone", SHAPE_ZONE, VERB_ZONE, SUBJECT_ACCOUNT,
	    N_("zone Asia/Tokyo: the time zone that you live in.") },
	{ NC_("command words", "login"), "signin", SHAPE_ALONE, VERB_LOGIN, SUBJECT_ACCOUNT,
	    N_("login: a link that opens the web pages for you, once.") },
	{ NC_("command words", "export"), "", SHAPE_ALONE, VERB_EXPORT, SUBJECT_ACCOUNT,
	    N_("export: a link to all that is kept of you.") },
	{ NC_("command words", "erase"), "", SHAPE_NAME_MAYBE, VERB_ERASE, SUBJECT_ACCOUNT,
	    N_("erase: ends your account and removes what you said. You are asked first.") },
	{ NC_("command words", "help"), "? info", SHAPE_HELP, VERB_HELP, SUBJECT_HELP,
	    N_("help WORD: what a command does. help: all of them.") },
	{ NC_("command words", "more"), "", SHAPE_ALONE, VERB_MORE, SUBJECT_HELP,
	    N_("more: the rest of a long answer.") },
	{ NULL, NULL, SHAPE_ALONE, VERB_STATUS, SUBJECT_HELP, NULL },
};

const struct token_words token_table[] = {
	/* What carriers and the CTIA ask for, whatever language somebody has set. */
	{ NC_("argument words", "stop"),
	    "stopall unsubscribe cancel end quit revoke optout remove td stopplease pleasestop "
	    "stoptexting stoptextingme stopsms stopmessages stopmessagingme unsubscribeme optmeout "
	    /* French, German, Dutch, Spanish, Portuguese, Italian */
	    "arret arrêt arreter arrêter desabonner désabonner stopp abmelden abbestellen afmelden "
	    "alto baja parar cancelar detener sair basta annulla "
	    /* Swedish, Danish, Norwegian, Finnish, Polish, Czech, Hungarian, Romanian, Turkish */
	    "avsluta afmeld avslutt lopeta wypisz zrušit leállítás dezabonare dur iptal "
	    /* Russian, Ukrainian, Greek, Hebrew */
	    "стоп отписаться отписка стій відписатися στοπ διακοπη διακοπή הסר עצור "
	    /* Arabic, Persian, Hindi, Bengali */
	    "توقف ايقاف اوقف قف الغاء الغاءالاشتراك لغو रोकें बंद বন্ধ "
	    /* Chinese, Japanese, Korean, Indonesian, Vietnamese, Thai */
	    "停止 退订 退訂 取消订阅 取消訂閱 ストップ 配信停止 解約 중지 수신거부 berhenti hủy dừng หยุด",
	    TOKEN_STOP, true },
	{ "unstop", "start", TOKEN_START, false },
	{ NC_("argument words", "start"),
	    "yes resume starten démarrer demarrer reprendre iniciar empezar começar comecar inizia "
	    "начать старт ابدا استئناف بدء 開始 再開 スタート 开始 시작 התחל",
	    TOKEN_START_SOFT, true },
	{ NC_("argument words", "msg"), "pm private whisper", TOKEN_PRIVATE, true },
	{ NC_("argument words", "tell"), "w", TOKEN_WHISPER, true },
	{ NC_("argument words", "off"), "", TOKEN_OFF, false },
	{ NC_("argument words", "all"), "everything", TOKEN_ALL, false },
	{ NC_("argument words", "from"), "", TOKEN_FROM, false },
	{ NC_("argument words", "to"), "till", TOKEN_TO, false },
	{ NC_("argument words", "until"), "till til to", TOKEN_UNTIL, false },
	/* TRANSLATORS: before noon */
	{ NC_("argument words", "am"), "a", TOKEN_AM, false },
	/* TRANSLATORS: after noon */
	{ NC_("argument words", "pm"), "p", TOKEN_PM, false },
	/* TRANSLATORS: what is written behind the number of an hour: 22h */
	{ NC_("argument words", "h"), "", TOKEN_OCLOCK, false },
	{ NC_("argument words", "minutes"), "m min mins minute", TOKEN_MINUTES, false },
	{ NC_("argument words", "hours"), "h hr hrs hour", TOKEN_HOURS, false },
	{ NC_("argument words", "days"), "d day", TOKEN_DAYS, false },
	{ NC_("argument words", "weeks"), "w wk week", TOKEN_WEEKS, false },
	{ NC_("argument words", "im"), "xmpp jabber chat", TOKEN_XMPP, false },
	{ NC_("argument words", "sms"), "text texts phone", TOKEN_SMS, false },
	{ NC_("argument words", "mail"), "email mails", TOKEN_EMAIL, false },
	/* TRANSLATORS: prefer im when there: while the network shows me there */
	{ NC_("argument words", "there"), "online here present", TOKEN_THERE, false },
	/* TRANSLATORS: prefer im when free: not while I wish not to be disturbed */
	{ NC_("argument words", "free"), "undisturbed", TOKEN_FREE, false },
	/* TRANSLATORS: prefer sms for mentions: what mentions or answers me, and direct messages */
	{ NC_("argument words", "mentions"), "mention replies", TOKEN_MENTIONS, false },
	/* TRANSLATORS: prefer sms for directs: direct messages only */
	{ NC_("argument words", "directs"), "direct dm dms private", TOKEN_DIRECTS, false },
	/* TRANSLATORS: prefer sms never: nothing is sent there */
	{ NC_("argument words", "never"), "nothing none", TOKEN_NEVER, false },
	/* TRANSLATORS: words that may stand between the others: sms only for mentions, at most 3 a day */
	{ NC_("argument words", "when"), "if while for only at most a per and then else i m am",
	    TOKEN_JOINS, false },
	{ NULL, NULL, TOKEN_N, false },
};
