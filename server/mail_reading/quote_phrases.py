"""Phrases that mail programs write around quoted mails, in many languages. Data only.

The phrases were taken from what the programs send: Outlook, Outlook on the web and on phones,
Apple Mail, Gmail, Thunderbird, Yahoo, GMX and Web.de, Roundcube, Lotus Notes, mutt.
"""

import re
from typing import Final

WROTE: Final = re.compile(
    r"(?i:\b(?:wrote|writes|schrieb(?:en)?|schreibt|geschrieben|a écrit|écrivait|écrit|escribi[oó]|"
    r"ha escrito|va escriure|ha scritto|scrive|schreef|geschreven|escreveu|napisa[łl](?:\(a\)|a)?|"
    r"pisze|skrev|kirjoitti|napsala?|napsal\(a\)|píše|írta|a scris|написала?|написал\(а\)|пишет|"
    r"пише|написав|yazdı|έγραψε|skrifaði|kirjutas|rašė|rakstīja|je napisa[lo](?:\(la\))?))"
    r"|写道|寫道|寫到|写到|書きました|のメール|からのメッセージ|님이\s*작성|님이\s*쓴\s*글"
    r"|đã viết|menulis|เขียน|כתב|كتب"
)
"""The verb of a line above a quote, as in `On Monday Bob wrote:`."""

STARTS_ATTRIBUTION: Final = re.compile(
    r"[*>\s]*(?:On|Am|Le|El|Il giorno|Il|Op|Em|No dia|W dniu|Dnia|Den|Dne|På|Pe|La data|Em|Den|"
    r"Mon|Tue|Wed|Thu|Fri|Sat|Sun|Mo|Di|Mi|Do|Fr|Sa|So|lun|mar|mer|gio|jeu|ven|sam|sab|dom|pon|wt|"
    r"śr|czw|pt|sob|niedz|ma|ti|on|to|pe|la|su|Пн|Вт|Ср|Чт|Пт|Сб|Вс|El dl|在|於|于|"
    r"\d{1,4}[-./年 ]|Ngày|Pada|เมื่อ|В)"
    r"(?=[\s.,\d]|年)"
)
"""The first word of a line above a quote, from which programs fold it onto further lines."""

_ORIGINAL: Final = (
    "Original Message",
    "Original Appointment",
    "Original-Nachricht",
    "Originalnachricht",
    "Ursprüngliche Nachricht",
    "Urspr. Nachricht",
    "Ursprünglicher Termin",
    "Message d'origine",
    "Message d’origine",
    "Message original",
    "Mensaje original",
    "Missatge original",
    "Messaggio originale",
    "Oorspronkelijk bericht",
    "Origineel bericht",
    "Mensagem original",
    "Mensagem Original",
    "Wiadomość oryginalna",
    "Oryginalna wiadomość",
    "Wiadomość pierwotna",
    "Původní zpráva",
    "Eredeti üzenet",
    "Mesaj original",
    "Ursprungligt meddelande",
    "Originalmeddelande",
    "Oprindelig meddelelse",
    "Opprinnelig melding",
    "Alkuperäinen viesti",
    "Исходное сообщение",
    "Оригинальное сообщение",
    "Orijinal Mesaj",
    "原始邮件",
    "原始郵件",
    "邮件原件",
    "元のメッセージ",
    "元のメール",
    "원본 메시지",
    "원본 메일",
)
_FORWARDED: Final = (
    "Forwarded message",
    "Forwarded by",
    "Begin forwarded message",
    "Start of forwarded message",
    "Weitergeleitete Nachricht",
    "Anfang der weitergeleiteten Nachricht",
    "Anfang der weitergeleiteten E-Mail",
    "Message transféré",
    "Message transmis",
    "Début du message transféré",
    "Début du message réexpédié",
    "Mensaje reenviado",
    "Inicio del mensaje reenviado",
    "Messaggio inoltrato",
    "Inizio messaggio inoltrato",
    "Inizio del messaggio inoltrato",
    "Doorgestuurd bericht",
    "Begin doorgestuurd bericht",
    "Mensagem encaminhada",
    "Início da mensagem reencaminhada",
    "Wiadomość przekazana",
    "Przekazana wiadomość",
    "Przesłana wiadomość",
    "Początek przekazywanej wiadomości",
    "Přeposlaná zpráva",
    "Továbbított üzenet",
    "Vidarebefordrat meddelande",
    "Videresendt meddelelse",
    "Videresendt melding",
    "Edelleenlähetetty viesti",
    "Пересылаемое сообщение",
    "Перенаправленное сообщение",
    "İletilen mesaj",
    "İletilmiş ileti",
    "转发的邮件",
    "轉寄的郵件",
    "转发邮件信息",
    "開始轉寄郵件",
    "下面是被转发的邮件",
    "転送されたメッセージ",
    "転送メッセージ",
    "전달된 메시지",
)


def _match_rule(phrases: tuple[str, ...], alone: str = "") -> re.Pattern[str]:
    """Returns a pattern of a phrase between dashes; `alone` is what may follow it without them."""
    words = "|".join(map(re.escape, sorted(phrases, key=len, reverse=True)))
    between = rf"[-_=]{{2,}}\s*(?:{words})(?:\s[^-\n]{{0,80}})?\s*[-_=]{{2,}}"
    pattern = rf"{between}|(?:{words}){alone}" if alone else between
    return re.compile(rf"\s*[*_]{{0,3}}(?:{pattern})[*_]{{0,3}}\s*", re.IGNORECASE)


ORIGINAL_RULE: Final = _match_rule(_ORIGINAL)
"""A line above a mail that was answered, as in `-----Original Message-----`."""
NOTES_RULE: Final = re.compile(rf"\s*-{{4,}}.{{1,200}}?(?:{WROTE.pattern})\s*:\s*-{{4,}}\s*")
"""The line of Lotus Notes: `-----Bob <bob@example.org> wrote: -----`."""
FORWARDED_RULE: Final = _match_rule(_FORWARDED, r"\s*[:：]")
"""A line above a mail that was forwarded, which is no history but what the sender passes on."""
REPLY_ABOVE_RULE: Final = re.compile(
    r"\W{0,6}(?:(?:please )?(?:type|write|enter)? ?(?:your )?reply above this line"
    r"|bitte (?:antworten sie )?(?:ober|über)halb dieser (?:linie|zeile)(?: antworten)?"
    r"|répondez au-dessus de cette ligne|responda (?:por )?encima de esta línea"
    r"|original message processed by david)\W{0,6}",
    re.IGNORECASE,
)

HEADER_NAMES: Final[tuple[tuple[str, str], ...]] = (
    ("From", "Sent|Date|To|Cc|Subject|Reply-To|Importance|Organization"),
    ("Von", "Gesendet|Gesendet am|Datum|An|Cc|Kopie|Betreff|Antwort an|Priorität|Wichtigkeit"),
    ("De|Expéditeur", "Envoyé|Envoyé le|Date|À|A|Cc|Objet|Répondre à|Importance"),
    ("De|Remitente", "Enviado|Enviado el|Enviado a las|Fecha|Para|CC|Asunto|Responder a"),
    ("Da|Mittente", "Inviato|Inviato il|Data|A|Per|Cc|Oggetto|Rispondi a"),
    ("Van", "Verzonden|Verstuurd|Datum|Aan|CC|Onderwerp|Beantwoorden"),
    ("De", "Enviado|Enviada|Enviada em|Enviado em|Data|Para|Cc|Assunto|Responder a"),
    ("Od|Nadawca", "Wysłano|Wysłane|Data|Do|DW|Temat|Odpowiedz do"),
    ("Od", "Odesláno|Datum|Komu|Kopie|Předmět"),
    ("Feladó", "Elküldve|Dátum|Címzett|Másolatot kap|Tárgy"),
    ("De la", "Trimis|Data|Către|Cc|Subiect"),
    ("Från", "Skickat|Datum|Till|Kopia|Ämne"),
    ("Fra", "Sendt|Dato|Til|Kopi|Cc|Emne"),
    ("Lähettäjä", "Lähetetty|Päivämäärä|Vastaanottaja|Kopio|Aihe"),
    ("От|От кого", "Отправлено|Дата|Кому|Копия|Тема"),
    ("Від", "Надіслано|Дата|Кому|Копія|Тема"),
    ("Kimden|Gönderen", "Gönderildi|Gönderme Tarihi|Tarih|Kime|Bilgi|Konu"),
    ("Από", "Στάλθηκε|Ημερομηνία|Προς|Κοιν|Θέμα"),
    ("差出人|送信者|From", "送信日時|送信日|日時|日付|宛先|件名|CC|Sent|To|Subject"),
    (
        "发件人|寄件者|寄件人",
        "发送时间|发送日期|寄件日期|傳送時間|日期|收件人|收件者|抄送|副本|主题|主題|主旨",
    ),
    ("보낸\\s?사람", "보낸\\s?날짜|날짜|받는\\s?사람|참조|제목"),
)
"""For each language the name of the sender's field, and of those that follow it."""

_DEVICES: Final = (
    r"i-?phone|i-?pad|i-?pod|android|galaxy|samsung|huawei|xiaomi|redmi|oppo|nokia|pixel|blackberry"
    r"|lumia|motorola|smart-?phone|phone|mobile?|mobilgerät\w*|handy|telefon\w*|tablet|outlook"
    r"|gmail|gmx|web\.de|yahoo|proton ?mail|tutanota|spark|thunderbird|mail|courrier|correo|posta"
    r"|poczt\w*|windows|ios|mac|téléphone|portable|móvil|celular|cellulare|telefoon|mobiel|komórk\w+"
    r"|mobil\w*|телефон\w*"
)
PHONE_SIGNATURE: Final = re.compile(
    r"(?:sent (?:from|via|with|using)|(?:diese nachricht wurde )?gesendet (?:von|mit|über|aus)"
    r"|von meine[mr]|envoyé (?:de|depuis|à partir de|avec)"
    r"|enviado (?:desde|do|de|a partir do|pelo)|inviato (?:da|dal|dall'|con)"
    r"|(?:verzonden|verstuurd) (?:vanaf|vanuit|met|via)|wysłan[eoay] (?:z|ze|za pomocą|przez)"
    r"|odesláno (?:z|ze|pomocí)|skickat från|sendt fra|lähetetty|отправлено (?:с|из)|надіслано з)"
    rf"\s?.{{0,24}}?\b(?:{_DEVICES})\b.{{0,40}}"
    r"|get outlook for .{1,100}|outlook für .{1,20} beziehen.{0,80}"
    r"|holen sie sich outlook für .{1,20}|outlook voor .{1,20} downloaden.{0,80}"
    r"|(?:télécharger|obtenez|obtener|obter o|ottieni|pobierz) (?:aplikację )?outlook .{1,80}"
    r"|i(?:phone|pad)(?:'|’)?(?:imden|den|mdan) gönderildi"
    r"|(?:私の)?(?:iphone|ipad|スマートフォン|スマホ|android|windows)\S{0,20}から送信(?:されました)?"
    r"|(?:从|從|发送自|发自|自)我的.{1,24}|发自.{0,6}(?:iphone|ipad|outlook|手机).{0,20}"
    r"|(?:나의|내) .{1,30}에서 보냄",
    re.IGNORECASE,
)
"""A line that a program adds below a mail, as in `Sent from my iPhone`."""

ANSWERS_BELOW: Final = re.compile(
    r"(?i)\b(?:(?:answers?|replies|comments?|responses?|remarks)\b.{0,40}"
    r"\b(?:below|inline|in-line|in red|in blue|in green|in bold|in colou?r)"
    r"|(?:see|replied|answered) (?:below|inline|in-line)"
    r"|(?:inline|in-line) (?:answers?|replies|comments?|responses?)"
    r"|(?:antworten?|kommentare?|anmerkungen)\b.{0,40}\b(?:unten|inline|in rot|in blau|im text"
    r"|im zitat)|siehe unten"
    r"|(?:réponses?|commentaires?).{0,40}(?:ci-dessous|ci-après|en rouge|en bleu|dans le texte)"
    r"|voir ci-dessous"
    r"|(?:respuestas?|comentarios?|respostas?|comentários?).{0,40}\b(?:abajo|abaixo|en rojo|"
    r"em vermelho|en azul)|ver (?:más )?(?:abajo|abaixo)"
    r"|(?:risposte?|commenti).{0,40}\b(?:sotto|in rosso|in blu|nel testo)|vedi sotto"
    r"|(?:antwoord(?:en)?|opmerkingen).{0,40}\b(?:onder|hieronder|in rood|in blauw|in de tekst)"
    r"|zie hieronder|(?:odpowiedzi|komentarze).{0,40}\b(?:poniżej|na czerwono|w treści)"
    r"|patrz poniżej)"
    r"|以下に(?:回答|返信|コメント)|インラインで|赤字で|见下文|见下面|见下方|红色字|紅字|回复在下"
)
"""Says that answers stand inside the quoted mail, as in `see my answers below in red`."""

FORWARD_SUBJECT: Final = re.compile(
    r"\s*(?:\[[^\]]{0,40}\]\s*)*(?:fwd?|fw|wg|wtr|tr|rv|i|enc|pd|doorst|vb|vs|vl|ilt|ynt-ilt|továbbítva"
    r"|转发|轉寄|转寄|転送|전달|пересл|fs|vidarebefordra)\s*[:：]",
    re.IGNORECASE,
)
"""The prefix of a forwarded mail's subject."""

LIST_NAMED: Final = re.compile(r"(?i)mailing list|mailman|unsubscribe|listinfo|abbestellen")
"""Words of a list's footer, below a rule."""
LIST_FOOTER: Final = re.compile(
    r"_{20,}|-{20,}|--~--~-+~?.*|virus-free\.\s.{0,60}|virenfrei\.\s.{0,60}"
    r"|this (?:e-?mail|message) has been checked for viruses by .{1,60}"
    r"|diese e-?mail wurde von .{1,40} auf viren gepr\u00fcft.{0,20}",
    re.IGNORECASE,
)
