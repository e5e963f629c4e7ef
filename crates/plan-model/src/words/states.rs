//! Words for states. They match whole values, whole cells and whole remarks in brackets.
//!
//! Ambiguous words are omitted: `listo` and `pronto` can mean ready or done, `en attente` and `대기` pending or on
//! hold. Words that are also ordinary English words, such as `finite`, are omitted as well.

use crate::state::State;

/// Words for states by language, as [`Words`](super::Words) describes.
pub(super) const STATES: &[(State, &str)] = &[
    // German
    (State::Open, "offen, ausstehend, geplant, nicht begonnen, noch nicht begonnen, zu erledigen, Entwurf"),
    (
        State::Active,
        "in Arbeit, in Bearbeitung, laufend, begonnen, in Umsetzung, aktiv, teilweise erledigt, teilweise umgesetzt",
    ),
    (State::Blocked, "blockiert, pausiert, angehalten"),
    (State::Done, "erledigt, abgeschlossen, fertig, fertiggestellt, umgesetzt, behoben"),
    (State::Deferred, "verschoben, zurückgestellt, aufgeschoben, vertagt"),
    (State::Cancelled, "abgebrochen, verworfen, gestrichen, entfällt, storniert"),
    // Spanish
    (
        State::Open,
        "pendiente, por hacer, por empezar, sin empezar, no iniciad(o|a|os|as), planificad(o|a|os|as), borrador",
    ),
    (
        State::Active,
        "en curso, en progreso, en proceso, en desarrollo, iniciad(o|a|os|as), parcial, parcialmente completad(o|a|os|as)",
    ),
    (State::Blocked, "bloquead(o|a|os|as), en pausa"),
    (
        State::Done,
        "completad(o|a|os|as), completo, terminad(o|a|os|as), finalizad(o|a|os|as), hech(o|a|os|as), implementad(o|a|os|as), cerrad(o|a|os|as), resuelt(o|a|os|as)",
    ),
    (State::Deferred, "aplazad(o|a|os|as), pospuest(o|a|os|as), postergad(o|a|os|as), diferid(o|a|os|as)"),
    (State::Cancelled, "cancelad(o|a|os|as), descartad(o|a|os|as), anulad(o|a|os|as)"),
    // Portuguese
    (
        State::Open,
        "pendente, a fazer, por fazer, não iniciad(o|a|os|as), planejad(o|a|os|as), planead(o|a|os|as), rascunho",
    ),
    (
        State::Active,
        "em andamento, em curso, em progresso, em desenvolvimento, parcialmente concluíd(o|a|os|as)",
    ),
    (State::Blocked, "pausad(o|a|os|as), impedid(o|a|os|as)"),
    (State::Done, "concluíd(o|a|os|as), feit(o|a|os|as), resolvid(o|a|os|as), encerrad(o|a|os|as)"),
    (State::Deferred, "adiad(o|a|os|as)"),
    // French
    (
        State::Open,
        "à faire, non commencé(|e|s|es), pas commencé, non démarré(|e|s|es), prévu(|e|s|es), planifié(|e|s|es), brouillon",
    ),
    (State::Active, "en cours, =commencé(|e|s|es), démarré(|e|s|es), partiellement terminé(|e|s|es)"),
    (State::Blocked, "bloqué(|e|s|es), suspendu(|e|s|es), en pause"),
    (
        State::Done,
        "terminé(|e|s|es), fini(|e|s|es), achevé(|e|s|es), fait(|e|s|es), =réalisé(|e|s|es), =livré(|e|s|es), clôturé(|e|s|es), résolu(|e|s|es)",
    ),
    (State::Deferred, "reporté(|e|s|es), différé(|e|s|es)"),
    (State::Cancelled, "annulé(|e|s|es), abandonné(|e|s|es)"),
    // Italian
    (State::Open, "da fare, da iniziare, non iniziat(o|a|i|e), pianificat(o|a|i|e), bozza"),
    (State::Active, "in corso, in lavorazione, iniziat(o|a|i|e), avviat(o|a|i|e)"),
    (State::Blocked, "bloccat(o|a|i|e), in pausa, sospes(o|a|i|e)"),
    (
        State::Done,
        "completat(o|a|i|e), fatt(o|a|i|e), terminat(o|a|i|e), finit(o|a|i), conclus(o|a|i|e), chius(o|a|i|e), risolt(o|a|i|e)",
    ),
    (State::Deferred, "rinviat(o|a|i|e), rimandat(o|a|i|e), posticipat(o|a|i|e)"),
    (State::Cancelled, "annullat(o|a|i|e), abbandonat(o|a|i|e), scartat(o|a|i|e)"),
    // Dutch
    (State::Open, "te doen, nog te doen, niet gestart, niet begonnen, gepland"),
    (State::Active, "bezig, in uitvoering, in behandeling, gestart"),
    (State::Blocked, "geblokkeerd, gepauzeerd, in de wacht"),
    (State::Done, "klaar, voltooid, afgerond, gedaan, afgehandeld, afgesloten"),
    (State::Deferred, "uitgesteld"),
    (State::Cancelled, "geannuleerd, vervallen, afgebroken"),
    // Polish
    (State::Open, "do zrobienia, nierozpoczęt(e|y|a), zaplanowan(e|y|a), wersja robocza"),
    (State::Active, "w toku, w trakcie, w realizacji, rozpoczęt(e|y|a)"),
    (State::Blocked, "zablokowan(e|y|a), wstrzyman(e|y|a)"),
    (
        State::Done,
        "zrobione, gotowe, zakończon(e|y|a), ukończon(e|y|a), wykonan(e|y|a), zrealizowan(e|y|a), kompletn(e|y|a)",
    ),
    (State::Deferred, "odłożon(e|y|a), przełożon(e|y|a), odroczon(e|y|a)"),
    (State::Cancelled, "anulowan(e|y|a), porzucon(e|y|a)"),
    // Turkish
    (State::Open, "yapılacak, başlanmadı, başlamadı, planlandı, taslak"),
    (State::Active, "devam ediyor, sürüyor, yapılıyor, başladı, başlandı"),
    (State::Blocked, "engellendi, askıda, durduruldu"),
    (State::Done, "tamamlandı, bitti, bitirildi, yapıldı, kapatıldı"),
    (State::Deferred, "ertelendi"),
    (State::Cancelled, "iptal, iptal edildi, vazgeçildi"),
    // Russian
    (State::Open, "не начато, не начат(|а|о|ы), к выполнению, запланирован(|о|а|ы), черновик"),
    (
        State::Active,
        "в работе, в процессе, выполняется, начато, в разработке, частично выполнен(|о|а|ы), частично готово",
    ),
    (State::Blocked, "заблокирован(|о|а|ы), приостановлен(|о|а|ы), на паузе"),
    (
        State::Done,
        "готово, сделано, выполнен(|о|а|ы), завершён, завершен(|о|а|ы), реализован(|о|а|ы), закрыт(|о|а|ы), исправлен(|о|а|ы)",
    ),
    (State::Deferred, "отложен(|о|а|ы), перенесен(|о|а|ы)"),
    (State::Cancelled, "отменен(|о|а|ы), отменён"),
    // Chinese, simplified
    (State::Open, "未开始, 待办, 待处理, 待开始, 待开发, 待实施, 未完成, 计划中, 规划中, 草稿"),
    (State::Active, "进行中, 开发中, 实施中, 处理中, 执行中, 已开始, 部分完成"),
    (State::Blocked, "阻塞, 已阻塞, 受阻, 暂停, 已暂停"),
    (State::Done, "完成, 已完成, 已实现, 已实施, 已结束, 已关闭, 已上线, 已发布, 已解决, 已修复"),
    (State::Deferred, "推迟, 已推迟, 已延后, 搁置"),
    (State::Cancelled, "取消, 已取消, 已废弃, 已放弃, 作废"),
    // Chinese, traditional
    (State::Open, "未開始, 待辦, 待處理, 待開始, 待開發, 計畫中, 規劃中"),
    (State::Active, "進行中, 開發中, 實作中, 處理中, 執行中, 已開始"),
    (State::Blocked, "暫停, 已暫停"),
    (State::Done, "已實作, 已結束, 已關閉, 已上線, 已發布, 已解決, 已修復"),
    (State::Deferred, "延後, 已延後, 已推遲, 擱置"),
    (State::Cancelled, "已廢棄, 已放棄, 作廢"),
    // Japanese
    (State::Open, "未着手, 未対応, 未完了, 未実施, 未実装, 予定, 計画中, 下書き"),
    (State::Active, "作業中, 対応中, 着手中, 実施中, 実装中, 着手済み, 一部完了"),
    (State::Blocked, "保留, 保留中, 中断, 停止中, ブロック中"),
    (State::Done, "完了, 完了済み, 済, 済み, 対応済み, 実装済み, 実施済み, 終了, 解決済み"),
    (State::Deferred, "先送り"),
    (State::Cancelled, "中止, 取り消し, キャンセル, 廃止, 破棄"),
    // Korean
    (State::Open, "미착수, 시작 전, 미시작, 할 일, 예정, 미완료, 초안"),
    (State::Active, "진행 중, 진행중, 작업 중, 작업중, 개발 중, 구현 중, 부분 완료"),
    (State::Blocked, "보류, 보류 중, 차단됨, 일시 중지"),
    (State::Done, "완료, 완료됨, 구현 완료, 종료, 해결됨, 배포됨"),
    (State::Deferred, "연기, 연기됨"),
    (State::Cancelled, "취소, 취소됨, 폐기, 폐기됨"),
];

/// Words that may follow a state before a date or a reason: `terminé le`, `erledigt am`.
pub(crate) const PREPOSITIONS: [&str; 22] = [
    "am", "im", "mit", "durch", "bis", "seit", "el", "en", "por", "desde", "hasta", "em", "até", "le", "par",
    "depuis", "il", "da", "op", "door", "dnia", "przez",
];

/// Words for missing work in the remark on a done status, in scripts with spaces: `implementado, pendiente de
/// revisión`.
pub(crate) const REMAINDER_WORDS: &[&str] = &[
    "pendiente",
    "pendientes",
    "pendente",
    "pendentes",
    "ausstehend",
    "noch nicht",
    "en attente",
    "non encore",
    "in attesa",
    "nog niet",
    "oczekuje",
    "bekliyor",
    "осталось",
    "ожидает",
];

/// Like [`REMAINDER_WORDS`], in scripts without spaces: at the start of a remark, and anywhere.
const REMAINDERS_AT_START: [&str; 4] = ["待", "等待", "尚未", "剩余"];
const REMAINDERS_ANYWHERE: [&str; 4] = ["待ち", "残り", "대기", "남음"];

/// Returns whether a status in a script without spaces mentions missing work: `已完成，待部署`.
pub(crate) fn has_remainder(value: &str) -> bool {
    let starts_remark = |(at, _): (usize, &str)| {
        value[..at].chars().next_back().is_some_and(|before| !before.is_alphanumeric())
    };
    REMAINDERS_AT_START.iter().any(|word| value.match_indices(word).any(starts_remark))
        || REMAINDERS_ANYWHERE.iter().any(|word| value.contains(word))
}
