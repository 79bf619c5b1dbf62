#include "base/lang.h"
#include "gateway/parse.h"

/*
 * The table.  Aliases are folded (fold.h): no capitals, no hamza, no Arabic marks.  Words of a
 * language act for its people only, so that another language's everyday words stay statuses; words
 * that make a text private act for everybody, for a text that begins like one is never public.
 */
const struct command command_table[] = {
	{ "d", "dm direct خاص ダイレクト", SHAPE_NAME_TEXT, VERB_DIRECT,
	    N_("d NAME text: a direct message. Only NAME sees it.") },
	{ "r", "ar:رد ja:返信", SHAPE_TEXT, VERB_REPLY,
	    N_("r text: answers what reached you here last; privately if that was private.") },
	{ "post", "ar:انشر ja:投稿", SHAPE_TEXT, VERB_POST,
	    N_("post text: a status, even if it looks like a command.") },
	{ "follow", "f ar:تابع ar:متابعه ja:フォロー", SHAPE_NAME, VERB_FOLLOW,
	    N_("follow NAME (or f NAME): get what NAME says. Stop with: leave NAME") },
	{ "leave", "l unfollow ar:اترك ja:フォロー解除 ja:解除", SHAPE_NAME, VERB_LEAVE,
	    N_("leave NAME (or l NAME): follow NAME no more.") },
	{ "on", "ar:تشغيل ja:オン", SHAPE_NAME_MAYBE, VERB_ON,
	    N_("on: messages come here. on NAME: those of NAME, too.") },
	{ "off", "ar:اطفاء ar:كتم ja:オフ", SHAPE_NAME_MAYBE, VERB_OFF,
	    N_("off: no messages come here until you send: on. off NAME: none of NAME.") },
	{ "stop", "", SHAPE_NAME_MAYBE, VERB_STOP,
	    N_("stop: nothing is sent here any more, whatever it is. Undo with: start") },
	{ "start", "", SHAPE_ALONE, VERB_START, N_("start: undoes stop.") },
	{ "get", "ar:اخر ja:最新", SHAPE_NAME, VERB_GET, N_("get NAME: the last that NAME said.") },
	{ "whois", "ar:تعريف ja:プロフィール", SHAPE_NAME, VERB_WHOIS,
	    N_("whois NAME: who that is.") },
	{ "stats", "ar:احصاءات ja:統計", SHAPE_ALONE, VERB_STATS, N_("stats: your numbers.") },
	{ "help", "? info ar:مساعده ja:ヘルプ", SHAPE_HELP, VERB_HELP,
	    N_("help WORD: what a command does.") },
	{ "join", "ar:انضم ja:参加 ja:登録", SHAPE_ONE, VERB_JOIN,
	    N_("join NAME: sign up from here as NAME: 1 to 15 letters a-z, digits or _") },
	{ "link", "ar:ربط ja:リンク ja:連携", SHAPE_CODE, VERB_LINK,
	    N_("link: gives a code. Send it from another phone, chat or mail address of yours "
	       "to add that one.") },
	{ "requests", "ar:طلبات ja:リクエスト", SHAPE_ALONE, VERB_REQUESTS,
	    N_("requests: who asks to follow you.") },
	{ "accept", "ar:اقبل ar:قبول ja:承認", SHAPE_NAME, VERB_ACCEPT,
	    N_("accept NAME: let NAME follow you.") },
	{ "deny", "ar:ارفض ar:رفض ja:拒否", SHAPE_NAME, VERB_DENY,
	    N_("deny NAME: do not let NAME follow you. NAME is not told.") },
	{ "protect", "ar:حمايه ja:非公開", SHAPE_ALONE, VERB_PROTECT,
	    N_("protect: only followers whom you accept see what you say.") },
	{ "unprotect", "ar:علني ja:公開", SHAPE_ALONE, VERB_UNPROTECT,
	    N_("unprotect: everybody may see what you say.") },
	{ "block", "ar:احظر ar:حظر ja:ブロック", SHAPE_NAME, VERB_BLOCK,
	    N_("block NAME: NAME cannot follow you or write to you, nor you NAME.") },
	{ "unblock", "ja:ブロック解除", SHAPE_NAME, VERB_UNBLOCK,
	    N_("unblock NAME: undoes block.") },
	{ "lang", "language ar:لغه ja:言語", SHAPE_LANG, VERB_LANG,
	    N_("lang CODE: the language of the answers: en, ar, ja.") },
	{ "whole", "ar:كامل ja:全文", SHAPE_SWITCH, VERB_WHOLE,
	    N_("whole on: what you say is sent even if it is too long, with a link where there is no "
	       "room. Undo: whole off") },
	/* Kept, so that what is meant for the service is not said to the world. */
	{ "invite", "", SHAPE_TEXT, VERB_LATER, NULL },
	{ "pin", "", SHAPE_DIGITS, VERB_LATER, NULL },
	{ "sleep", "", SHAPE_DIGITS, VERB_LATER, NULL },
	{ "mute", "", SHAPE_NAME_DIGITS, VERB_LATER, NULL },
	{ "unmute", "", SHAPE_NAME, VERB_LATER, NULL },
	{ "nudge", "", SHAPE_NAME, VERB_LATER, NULL },
	{ "fav", "", SHAPE_NAME_MAYBE, VERB_LATER, NULL },
	{ "rt", "", SHAPE_NAME_MAYBE, VERB_LATER, NULL },
	{ "undo", "", SHAPE_ALONE, VERB_LATER, NULL },
	{ "delete", "", SHAPE_ALONE, VERB_LATER, NULL },
	{ NULL, NULL, SHAPE_ALONE, VERB_STATUS, NULL },
};

const char *const stop_words[] = {
	/* what carriers and the CTIA ask for */
	"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "remove",
	"td", "stopplease", "pleasestop", "stoptexting", "stoptextingme", "stopsms", "stopmessages",
	"stopmessagingme", "unsubscribeme", "optmeout",
	/* French, German, Dutch, Spanish, Portuguese, Italian */
	"arret", "arrêt", "arreter", "arrêter", "desabonner", "désabonner", "stopp", "abmelden",
	"abbestellen", "afmelden", "alto", "baja", "parar", "cancelar", "detener", "sair", "basta",
	"annulla",
	/* Swedish, Danish, Norwegian, Finnish, Polish, Czech, Hungarian, Romanian, Turkish */
	"avsluta", "afmeld", "avslutt", "lopeta", "wypisz", "zrušit", "leállítás", "dezabonare",
	"dur", "iptal",
	/* Russian, Ukrainian, Greek, Hebrew */
	"стоп", "отписаться", "отписка", "стій", "відписатися", "στοπ", "διακοπη", "διακοπή", "הסר",
	"עצור",
	/* Arabic, Persian, Hindi, Bengali */
	"توقف", "ايقاف", "اوقف", "قف", "الغاء", "الغاءالاشتراك", "لغو", "रोकें", "बंद", "বন্ধ",
	/* Chinese, Japanese, Korean, Indonesian, Vietnamese, Thai */
	"停止", "退订", "退訂", "取消订阅", "取消訂閱", "ストップ", "配信停止", "解約", "중지",
	"수신거부", "berhenti", "hủy", "dừng", "หยุด", NULL
};

const char *const start_words[] = { "start", "unstop", "yes", "resume", "starten", "démarrer",
	"demarrer", "reprendre", "iniciar", "empezar", "começar", "comecar", "inizia", "начать",
	"старт", "ابدا", "استئناف", "بدء", "開始", "再開", "スタート", "开始", "시작", "התחל",
	NULL };
