#include <stddef.h>

#include "channels/email/reply_words.h"

const char *const reply_wrote[] = {
	"wrote",
	"writes", /* English */
	"schrieb",
	"geschrieben", /* German */
	"a écrit",
	"a ecrit", /* French */
	"escribió",
	"escribi",    /* Spanish */
	"ha scritto", /* Italian */
	"escreveu",   /* Portuguese */
	"schreef",
	"geschreven", /* Dutch */
	"skrev",
	"skreiv",    /* Danish, Norwegian, Swedish */
	"kirjoitti", /* Finnish */
	"napisał",
	"napisał(a)",
	"napisała", /* Polish */
	"napsal",
	"napsala",
	"napísal", /* Czech, Slovak */
	"a scris", /* Romanian */
	"írta",    /* Hungarian */
	"yazdı",
	"şunu yazdı", /* Turkish */
	"пишет",      /* Russian, present */
	"написал",    /* Russian, past */
	"пише",       /* Ukrainian, Bulgarian */
	"написав",    /* Ukrainian, past */
	"έγραψε",     /* Greek */
	"写道",
	"寫道",       /* Chinese */
	"書きました", /* Japanese */
	"のメール",   /* Japanese: mail of */
	"のメッセージ",
	"작성",
	"썼",     /* Korean */
	"كتب",    /* Arabic: wrote */
	"بواسطة", /* Arabic: by means of */
	"نوشت",   /* Persian */
	"כתב",
	"מאת",     /* Hebrew */
	"menulis", /* Indonesian, Malay */
	"đã viết", /* Vietnamese */
	"เขียน",    /* Thai */
	"va escriure",
	"escribíu",
	"idatzi du", /* Catalan, Galician, Basque */
	"लिखा",      /* Hindi */
	NULL,
};

const char *const reply_fields[] = {
	"from",
	"sent",
	"to",
	"cc",
	"subject",
	"date",
	"reply-to",
	"von",
	"gesendet",
	"an",
	"betreff",
	"datum",
	"de",
	"envoyé",
	"à",
	"objet",
	"date d'envoi",
	"enviado",
	"enviado el",
	"para",
	"asunto",
	"fecha",
	"assunto",
	"data",
	"enviada em",
	"da",
	"inviato",
	"a",
	"oggetto",
	"van",
	"verzonden",
	"aan",
	"onderwerp",
	"fra",
	"sendt",
	"til",
	"emne",
	"dato",
	"från",
	"skickat",
	"till",
	"ämne",
	"lähettäjä",
	"lähetetty",
	"vastaanottaja",
	"aihe",
	"od",
	"wysłano",
	"do",
	"temat",
	"odesláno",
	"komu",
	"předmět",
	"predmet",
	"feladó",
	"elküldve",
	"címzett",
	"tárgy",
	"de la",
	"trimis",
	"către",
	"subiect",
	"kimden",
	"gönderen",
	"gönderildi",
	"kime",
	"konu",
	"tarih",
	"от",
	"кому",
	"тема",
	"дата",
	"отправлено",
	"发件人",
	"发送时间",
	"收件人",
	"主题",
	"抄送",
	"寄件者",
	"收件者",
	"主旨",
	"差出人",
	"送信日時",
	"宛先",
	"件名",
	"보낸 사람",
	"받는 사람",
	"제목",
	"보낸 날짜",
	"من",
	"إلى",
	"الموضوع",
	"تاريخ",
	"التاريخ",
	"أرسلت",
	"מאת",
	"נשלח",
	"אל",
	"נושא",
	NULL,
};

const char *const reply_sent_from[] = {
	"sent from my ",
	"sent from mail for ",
	"sent from outlook",
	"sent from yahoo",
	"sent from proton",
	"sent from samsung",
	"sent with ",
	"sent via ",
	"get outlook for ",
	"sent from android",
	"sent from an iphone",
	"sent from a mobile",
	"sent from iphone",
	"von meinem ",
	"gesendet von ",
	"gesendet mit ",
	"diese nachricht wurde von mein",
	"envoyé de ",
	"envoyé depuis ",
	"envoyé à partir ",
	"enviado desde ",
	"enviado do ",
	"enviado de ",
	"enviado a partir ",
	"inviato da ",
	"inviato dal ",
	"verzonden vanaf ",
	"verstuurd vanaf ",
	"skickat från ",
	"sendt fra ",
	"lähetetty ",
	"wysłane z ",
	"wysłano z ",
	"odesláno z",
	"iphone'umdan gönderildi",
	"iphoneから送信",
	"发自我的",
	"从我的",
	"從我的",
	"傳送自我",
	"나의 iphone",
	"отправлено с ",
	"отправлено из ",
	"أُرسلت من ",
	"أرسلت من ",
	"تم الإرسال من ",
	"נשלח מ",
	NULL,
};

const char *const reply_subjects[] = {
	/* English, Latin and French; German; Danish, Norwegian, Swedish; Finnish */
	"re", "aw", "antw", "antwort", "sv", "svar", "vs", "vast",
	/* Italian; Portuguese; Spanish; Dutch; Polish; Czech; Hungarian; Romanian; Turkish */
	"r", "rif", "ris", "i", "res", "resp", "respuesta", "rép", "réf", "betr", "antwoord", "odp",
	"odpověď", "vá", "válasz", "răspuns", "ynt", "yan", "ynt.", "cevap",
	/* Estonian, Latvian, Croatian, Indonesian, Vietnamese, Welsh, Icelandic */
	"vastus", "atb", "ats", "na", "odg", "bls", "bal", "balas", "trả lời", "ateb", "sv.",
	/* Greek, Russian, Ukrainian, Bulgarian, Hebrew, Arabic, Persian */
	"απ", "σχετ", "απάντηση", "ha", "на", "отв", "ответ", "відп", "відповідь", "отг", "השב",
	"תשובה", "רה", "רד", "رد", "پاسخ",
	/* Chinese, Japanese, Korean, Thai */
	"回复", "回覆", "答复", "答覆", "回", "返信", "返", "회신", "답장", "ตอบ", "ตอบกลับ", NULL
};
