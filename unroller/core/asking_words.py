"""The words that ask the bot for an unroll, or to be left alone, in the languages that people write to it.

Plain lists, as people type them; `core.mentions` reads texts and lists alike without accents, case and marks.
"""

UNROLL = (
    # In every language people write the English word; the rest is what they say instead of it.
    *("unroll", "un-roll", "unrol", "unrool", "unroll it", "unroll this", "unrollthis", "unrollit"),
    *("unrollpls", "unrollplz", "unrollplease", "unrollme"),
    *("entrolle", "entrollen", "entroll", "abrollen", "ausrollen"),  # German
    *("déroule", "dérouler", "déroulez", "déroule-le"),  # French
    *("desenrolla", "desenrollar", "desenróllalo", "desenróllame", "desenrolle"),  # Spanish
    *("desenrola", "desenrolar", "desenrole"),  # Portuguese
    *("srotola", "srotolare", "srotolalo"),  # Italian
    *("uitrollen", "ontrol"),  # Dutch
    *("rozwiń", "rozwijaj"),  # Polish
    *("разверни", "развернуть", "разверните", "анролл", "анрол"),  # Russian
    *("розгорни", "розгорнути"),  # Ukrainian
    *("açılımla", "zinciri aç", "bilgiseli aç"),  # Turkish
    *("bentangkan", "uraikan", "gulirkan"),  # Indonesian
    *("अनरोल", "खोल दो"),  # Hindi
    *("আনরোল", "খুলে দাও"),  # Bengali
    *("ان رول", "انرول"),  # Urdu
    *("افرد", "افردها", "رتب", "رتبها", "فك السلسلة"),  # Arabic
    *("باز کن", "بازش کن"),  # Persian
)
UNROLL_UNSPACED = (
    *("展开", "展開"),  # Chinese, Japanese
    *("アンロール", "まとめて"),  # Japanese
    *("언롤", "펼쳐", "풀어줘"),  # Korean
    *("คลี่", "อันโรล"),  # Thai
)
"""Of languages that write without spaces, or put endings right behind: found anywhere."""

NOT_BEFORE = (
    *("don't", "dont", "do not", "not", "never", "no", "stop", "cannot", "without"),
    *("nicht", "nie", "kein", "ne pas", "pas", "jamais", "non", "não", "nunca", "jamás", "mai", "niet", "nie"),
    *(
        "не",
        "никогда",
        "मत",
        "न",
        "لا",
        "لم",
        "مت",
        "na",
        "mat",
        "jangan",
        "tidak",
        "না",
        "不要",
        "别",
        "別",
        "不",
        "勿",
    ),
)
"""Right before the word they make it no request."""
NOT_AFTER = ("nicht", "not", "etme", "yapma", "mat", "मत", "मत करो", "না", "مت", "نکن")
"""Right behind it, where the language puts its negations there."""
BETWEEN = ("please", "pls", "ever", "even", "you", "dare", "to", "me", "bitte", "por favor", "this", "it", "the")
"""What may stand between a negation and the word."""

STOP = (
    *("stop", "opt out", "optout", "opt-out", "unsubscribe", "leave me alone", "go away", "shut up"),
    *("#nobot", "#nobots", "nobot", "no bot", "no bots"),
    *("hör auf", "aufhören", "stopp", "lass mich in ruhe"),
    *("arrête", "arrêtez", "laisse-moi tranquille", "para", "pare", "basta", "detente", "déjame en paz", "parar"),
    *("smetti", "smettila", "lasciami in pace", "me deixa em paz", "hou op", "przestań"),
    *("стоп", "хватит", "перестань", "отстань", "dur", "kes", "beni rahat bırak", "berhenti", "रुको", "बंद करो"),
    *("থামো", "توقف", "كفى", "بس کرو", "停止", "停", "别烦我", "やめて", "止めて", "그만", "멈춰", "หยุด"),
)
"""Words that mean: leave me alone. They count only where nothing else is said but what BESIDE lists."""
START = ("start", "start again", "opt in", "optin", "opt-in", "come back")
"""Words that take it back, under the same condition."""
BESIDE = (
    *("please", "pls", "plz", "now", "me", "my", "to", "the", "this", "it", "bot", "at", "with", "you", "and", "just"),
    *("unrolling", "unroll", "replying", "reply", "answering", "mentioning", "tagging", "posting", "spamming"),
    *("thread", "threads", "post", "posts", "tweets", "bitte", "merci", "por", "favor", "per", "favore", "s'il"),
    *("te", "plaît", "vous", "пожалуйста", "lütfen", "tolong", "请", "ください", "제발", "من", "فضلك"),
)
