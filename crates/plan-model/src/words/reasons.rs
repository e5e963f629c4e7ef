//! Words in the text of an open task that give a reason for its state: the task is optional, out of scope or
//! deferred.

/// Words in lower case, which match anywhere in a text in lower case.
pub(super) const TRANSLATED_REASONS: &[&str] = &[
    // German
    "optional",
    "nicht erforderlich",
    "nicht nötig",
    "außerhalb des umfangs",
    "entfällt",
    "bei bedarf",
    // Spanish
    "opcional",
    "fuera de alcance",
    "fuera del alcance",
    "no aplica",
    "si es necesario",
    "no es necesario",
    // Portuguese
    "fora do escopo",
    "não se aplica",
    "se necessário",
    "não é necessário",
    // French
    "optionnel",
    "facultatif",
    "hors périmètre",
    "hors scope",
    "si nécessaire",
    "non applicable",
    // Italian
    "opzionale",
    "facoltativo",
    "fuori ambito",
    "se necessario",
    // Dutch
    "optioneel",
    "buiten scope",
    "indien nodig",
    // Polish
    "opcjonalnie",
    "opcjonalne",
    "poza zakresem",
    "w razie potrzeby",
    // Turkish
    "isteğe bağlı",
    "kapsam dışı",
    "gerekirse",
    // Russian
    "опционально",
    "необязательно",
    "по желанию",
    "вне скоупа",
    "при необходимости",
    "не требуется",
    // Chinese
    "可选",
    "可選",
    "选做",
    "范围外",
    "範圍外",
    "不适用",
    "如有需要",
    // Japanese
    "（任意",
    "(任意",
    "（オプション",
    "(オプション",
    "対象外",
    "範囲外",
    "必要に応じて",
    // Korean
    "선택 사항",
    "선택사항",
    "(선택)",
    "범위 밖",
    "해당 없음",
    "필요 시",
    "필요시",
];
