//! Units of time, as patterns.

/// Hours.
pub(crate) const HOURS: &str =
    "stunden?|std|horas?|heures?|uur|uren|godzin[ay]?|saat|час(?:а|ов)?|小时|小時|時間|시간";
/// Days.
pub(crate) const DAYS: &str =
    "tage?n?|d[íi]as?|jours?|giorn[io]|dag(?:en)?|dzień|dni|gün|день|дня|дней|天|日間?|일";
/// Weeks.
pub(crate) const WEEKS: &str =
    "wochen?|semanas?|semaines?|settiman[ae]|weken|tydzień|tygodni(?:e|a)?|hafta|недел[ьяюи]|周|週間?|주";
/// Months.
pub(crate) const MONTH_UNITS: &str = "monate?n?|mes(?:es)?|m[êe]s|mois|mes[ei]|maand(?:en)?|miesi[ąę]c[ye]?|месяц(?:а|ев)?|个月|個月|[ヶか]月|개월";
