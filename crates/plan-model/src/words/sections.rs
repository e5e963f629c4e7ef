//! Words in titles: of documents that are plans, and of sections with work.

/// Names of plans and task lists, which a title starts or ends with.
pub(super) const PLAN_TITLES: &[((), &str)] = &[
    ((), "Projektplan, Umsetzungsplan, Implementierungsplan, Arbeitsplan, Entwicklungsplan, Aufgabenliste"),
    ((), "Plan de implementación, Plan de trabajo, Plan de desarrollo, Hoja de ruta, Lista de tareas"),
    ((), "Plano de implementação, Plano de trabalho, Plano de desenvolvimento, Lista de tarefas"),
    ((), "Plan de mise en œuvre, Plan de mise en oeuvre, Plan d'implémentation, Plan de travail"),
    ((), "Plan de développement, Feuille de route, Liste des tâches"),
    ((), "Piano di implementazione, Piano di lavoro, Piano di sviluppo, Elenco attività"),
    ((), "Projectplan, Implementatieplan, Plan van aanpak, Stappenplan, Takenlijst"),
    ((), "Plan wdrożenia, Plan implementacji, Plan projektu, Lista zadań, Mapa drogowa"),
    ((), "Uygulama planı, Proje planı, Geliştirme planı, Yol haritası, Görev listesi"),
    ((), "План реализации, План работ, План разработки, План проекта, Дорожная карта, Список задач"),
    ((), "开发计划, 实施计划, 项目计划, 实现计划, 路线图, 任务清单, 任务列表"),
    ((), "開發計畫, 實作計畫, 實施計畫, 專案計畫, 開發計劃, 實作計劃, 實施計劃, 路線圖, 任務清單"),
    (
        (),
        "開発計画, 実装計画, 実施計画, 実装計画書, 開発計画書, プロジェクト計画, ロードマップ, タスク一覧, タスクリスト",
    ),
    ((), "개발 계획, 구현 계획, 실행 계획, 프로젝트 계획, 개발 계획서, 구현 계획서, 로드맵, 작업 목록"),
];

/// Words in the titles of sections with work, as whole words.
pub(super) const WORK: &[((), &str)] = &[
    (
        (),
        "Aufgabe(|n), Aufgabenliste, Arbeitspaket(|e), Meilenstein(|e), Schritt(|e), Umsetzung, Umsetzungsplan",
    ),
    (
        (),
        "Implementierung, Implementierungsplan, Arbeitsplan, Tarea(|s), Fase(|s), Etapa(|s), Hito(|s), Paso(|s)",
    ),
    (
        (),
        "Implementación, Tarefa(|s), Passo(|s), Implementação, Tâches, Étape(|s), Jalons, Attività, Passi, Fasi",
    ),
    ((), "Taak, Takenlijst, Stappen, Stappenplan, Fasen, Mijlpalen, Zadania, Etapy, Fazy, Kroki, Wdrożenie"),
    ((), "Görev(|ler), Aşama(|lar), Adımlar, Задач(а|и), Этап(|ы), Фаз(а|ы), Шаги, Реализация"),
];

/// Words in the titles of sections with work, for scripts without spaces between words and for languages that append
/// particles to words.
pub(super) const WORK_ANYWHERE: &[&str] = &[
    "任务",
    "任務",
    "阶段",
    "階段",
    "步骤",
    "步驟",
    "里程碑",
    "实施",
    "實作",
    "待办",
    "タスク",
    "作業",
    "フェーズ",
    "ステップ",
    "手順",
    "実装",
    "マイルストーン",
    "작업",
    "단계",
    "태스크",
    "할 일",
    "구현",
    "마일스톤",
];
