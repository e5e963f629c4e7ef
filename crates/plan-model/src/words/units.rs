//! Units of time, as patterns.

/// Pattern of words for hours.
pub(crate) const HOURS: &str =
    "stunden?|std|horas?|heures?|uur|uren|godzin[ay]?|saat|час(?:а|ов)?|小时|小時|時間|시간";
/// Pattern of words for days.
pub(crate) const DAYS: &str =
    "tage?n?|d[íi]as?|jours?|giorn[io]|dag(?:en)?|dzień|dni|gün|день|дня|дней|天|日間?|일";
/// Pattern of words for weeks.
pub(crate) const WEEKS: &str =
    "wochen?|semanas?|semaines?|settiman[ae]|weken|tydzień|tygodni(?:e|a)?|hafta|недел[ьяюи]|周|週間?|주";
/// Pattern of words for months.
pub(crate) const MONTH_UNITS: &str = "monate?n?|mes(?:es)?|m[êe]s|mois|mes[ei]|maand(?:en)?|miesi[ąę]c[ye]?|месяц(?:а|ев)?|个月|個月|[ヶか]月|개월";
