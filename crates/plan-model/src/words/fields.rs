//! Words for field keys.
//!
//! Words with another common meaning are omitted: `Data` (date or data), `Stand` (state or as of), `Stan` (a name),
//! `оценка` (estimate or rating), and words for goals, because ordinary documents also begin with them: `目标：…`.

use crate::field::Meaning;

/// Field keys by meaning, as [`Words`](super::Words) describes.
pub(super) const FIELDS: &[(Meaning, &str)] = &[
    (Meaning::Status, "Statut, État, Estado, Estatus, Situação, Stato, Zustand, Durum, Статус, Состояние"),
    (Meaning::Status, "状态, 状態, 狀態, 状況, ステータス, 상태, 진행 상태, 当前状态, 目前狀態"),
    (Meaning::Owner, "Verantwortlich(|e|er), Zuständig, Bearbeiter, Responsable(|s), Responsáve(l|is)"),
    (
        Meaning::Owner,
        "Responsabil(e|i), Verantwoordelijke, Eigenaar, Odpowiedzialn(y|a), Właściciel, Sorumlu",
    ),
    (Meaning::Owner, "Ответственн(ый|ая|ые), Исполнитель, Исполнители"),
    (Meaning::Owner, "负责人, 負責人, 担当, 担当者, 責任者, 담당, 담당자, 책임자"),
    (Meaning::Author, "Autor(|a|es), Auteur(|s), Autore, Verfasser, Yazar, Автор(|ы), 作者, 作成者, 작성자"),
    (
        Meaning::Created,
        "Erstellt, Erstellt am, Creado, Creado el, Fecha de creación, Criado em, Data de criação",
    ),
    (Meaning::Created, "Créé le, Date de création, Creato il, Data di creazione, Aangemaakt, Gemaakt op"),
    (Meaning::Created, "Utworzono, Data utworzenia, Oluşturulma, Oluşturulma tarihi, Создано, Дата создания"),
    (Meaning::Created, "创建日期, 创建时间, 建立日期, 建立時間, 作成日, 作成日時, 작성일, 생성일"),
    (
        Meaning::Updated,
        "Aktualisiert, Aktualisiert am, Zuletzt geändert, Zuletzt aktualisiert, Letzte Änderung",
    ),
    (Meaning::Updated, "Actualizado, Última actualización, Fecha de actualización, Atualizado em"),
    (Meaning::Updated, "Última atualização, Mis à jour le, Dernière mise à jour, Aggiornato il"),
    (Meaning::Updated, "Ultimo aggiornamento, Bijgewerkt, Laatst bijgewerkt, Zaktualizowano"),
    (Meaning::Updated, "Ostatnia aktualizacja, Güncellenme, Son güncelleme, Обновлено, Дата обновления"),
    (
        Meaning::Updated,
        "Последнее обновление, 更新日期, 更新时间, 更新時間, 最后更新, 最後更新, 更新日, 最終更新, 最終更新日",
    ),
    (Meaning::Updated, "수정일, 최종 수정일, 마지막 업데이트, 업데이트"),
    (Meaning::Due, "Fällig, Fällig am, Frist, Fecha límite, Vencimiento, Prazo, Data limite, Vencimento"),
    (Meaning::Due, "Échéance, Date limite, Scadenza, Vervaldatum, Termin, Son tarih, Bitiş tarihi"),
    (Meaning::Due, "Срок, Дедлайн, 截止日期, 期限, 締切, 期日, 마감일, 기한"),
    (
        Meaning::Target,
        "Zieltermin, Fecha objetivo, Date cible, Data prevista, 目标日期, 目標日, 목표일, Целевая дата",
    ),
    (Meaning::Estimate, "Aufwand, Geschätzter Aufwand, Schätzung, Estimación, Esfuerzo, Tiempo estimado"),
    (
        Meaning::Estimate,
        "Estimativa, Esforço, Tempo estimado, Estimation, Temps estimé, Stima, Tempo stimato",
    ),
    (Meaning::Estimate, "Schatting, Szacunek, Szacowany czas, Tahmin, Tahmini süre, Трудозатраты"),
    (
        Meaning::Estimate,
        "预估, 预计工时, 预估工时, 预计时间, 預估, 預計工時, 預計時間, 見積, 見積もり, 工数, 예상 시간, 소요 시간",
    ),
    (
        Meaning::Duration,
        "Dauer, Duración, Duração, Durée, Durata, Duur, Czas trwania, Süre, Длительность, Продолжительность",
    ),
    (Meaning::Duration, "工期, 持续时间, 持續時間, 期間, 기간, 예상 기간"),
    (
        Meaning::Priority,
        "Priorität, Prioridad, Prioridade, Priorité, Priorità, Prioriteit, Priorytet, Öncelik",
    ),
    (Meaning::Priority, "Приоритет, 优先级, 優先級, 優先順序, 優先度, 우선순위"),
    (
        Meaning::DependsOn,
        "Abhängig von, Hängt ab von, Abhängigkeit(|en), Depende de, Dependencia(|s), Dependência(|s)",
    ),
    (
        Meaning::DependsOn,
        "Dépend de, Dépendance(|s), Dipende da, Dipendenz(a|e), Afhankelijk van, Afhankelijkheden",
    ),
    (Meaning::DependsOn, "Zależy od, Zależności, Bağımlılık(|lar), Зависит от, Зависимост(ь|и)"),
    (
        Meaning::DependsOn,
        "依赖, 依赖于, 依赖项, 依赖任务, 依赖关系, 前置任务, 依賴, 依賴於, 依賴項目, 相依, 前置任務",
    ),
    (Meaning::DependsOn, "依存, 依存関係, 依存タスク, 先行タスク, 의존성, 의존 관계, 선행 작업"),
    (
        Meaning::BlockedBy,
        "Blockiert durch, Blockiert von, Bloqueado por, Bloqueada por, Bloqué par, Bloquée par",
    ),
    (Meaning::BlockedBy, "Bloccato da, Geblokkeerd door, Zablokowane przez, Заблокировано"),
    (
        Meaning::Prerequisites,
        "Voraussetzung(|en), Requisitos previos, Prerrequisito(|s), Pré requisito(|s), Prérequis",
    ),
    (
        Meaning::Prerequisites,
        "Prerequisit(o|i), Vereisten vooraf, Wymagania wstępne, Ön koşul(|lar), Предварительные условия",
    ),
    (Meaning::Prerequisites, "前置条件, 前置條件, 前提条件, 선행 조건, 사전 조건"),
    (Meaning::Progress, "Fortschritt, Progreso, Progresso, Avancement, Voortgang, Postęp, İlerleme"),
    (Meaning::Progress, "Прогресс, 进度, 進度, 進捗, 進捗率, 진행률, 진척률"),
];
