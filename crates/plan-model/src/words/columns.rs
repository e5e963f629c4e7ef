//! Titles of table columns, and words for totals.

use crate::facts::Column;

/// Column titles by kind, as [`Words`](super::Words) describes. Field keys are column titles as well.
pub(super) const COLUMNS: &[(Column, &str)] = &[
    (
        Column::Id,
        "Nr, Nr., Lfd. Nr., N°, Nº, N.º, Núm., №, № п/п, Lp, Lp., Sıra, 编号, 編號, 序号, 序號, 番号, 번호",
    ),
    (Column::Id, "Aufgaben ID, ID de tarea, ID da tarefa, 任务ID, 任务编号, 任務編號, タスクID, 작업 ID"),
    (
        Column::Task,
        "Aufgabe(|n), Arbeitspaket(|e), Tarea(|s), Tarefa(|s), Tâche(|s), Attività, Compit(o|i), Taak",
    ),
    (Column::Task, "Zadani(e|a), Görev(|ler), Задач(а|и), Задани(е|я)"),
    (
        Column::Task,
        "任务, 任务名称, 任務, 任務名稱, タスク, タスク名, 作業, 作業内容, 작업, 작업명, 과제, 태스크, 할 일",
    ),
    (
        Column::Task,
        "Schritt(|e), Paso(|s), Passo, Passi, Stap, Stappen, Krok(|i), Adım, Шаг(|и), 步骤, 步驟, ステップ, 手順",
    ),
    (
        Column::Phase,
        "Fase(|s), Etapa(|s), Étape(|s), Etappe(|n), Fasi, Tapp(a|e), Fasen, Faz(a|y), Etap(|y), Aşama(|lar)",
    ),
    (Column::Phase, "Этап(|ы), Фаз(а|ы), 阶段, 階段, フェーズ, 段階, 단계"),
    (
        Column::Status,
        "Stan, Erledigt, Hecho, Feito, Fait, Fatto, Выполнено, 完成状态, 完成狀態, 完了, 진행 상황, 진행상태",
    ),
    (Column::Date, "Datum, Fecha, Tarih, Дата, 日期, 日付, 날짜"),
    (
        Column::Start,
        "Beginn, Inicio, Início, Début, Inizio, Rozpoczęcie, Başlangıç, Начало, 开始日期, 开始时间, 開始日, 시작일",
    ),
    (
        Column::End,
        "Ende, Fim, Einde, Zakończenie, Bitiş, Окончание, 结束日期, 结束时间, 結束日期, 終了日, 종료일",
    ),
    (
        Column::Risk,
        "Risik(o|en), Riesgo(|s), Risco(|s), Risque(|s), Rischi(|o), Risico, Risico's, Ryzyk(o|a), Риск(|и)",
    ),
    (Column::Risk, "风险, 風險, 风险项, リスク, 위험, 위험 요소, 리스크"),
    (Column::Probability, "Wahrscheinlichkeit, Probabilidad, Probabilidade, Probabilité, Probabilità, Kans"),
    (
        Column::Probability,
        "Waarschijnlijkheid, Prawdopodobieństwo, Olasılık, Вероятность, 概率, 可能性, 機率, 発生確率, 確率, 확률, 가능성",
    ),
    (
        Column::Impact,
        "Auswirkung(|en), Impacto, Impatto, Wpływ, Etki, Влияние, 影响, 影響, 影響度, 영향, 영향도",
    ),
    (
        Column::Mitigation,
        "Gegenmaßnahme(|n), Maßnahme(|n), Mitigación, Mitigação, Atténuation, Mitigazione, Maatregel(|en)",
    ),
    (
        Column::Mitigation,
        "Mitygacja, Önlem, Меры, Снижение, 缓解措施, 应对措施, 緩解措施, 應對措施, 対策, 対応策, 대응, 대응 방안, 완화 방안",
    ),
    (
        Column::Milestone,
        "Meilenstein(|e), Hito(|s), Marco(|s), Jalon(|s), Mijlpa(al|len), Kamień milowy, Веха, Вехи",
    ),
    (Column::Milestone, "里程碑, マイルストーン, 마일스톤"),
    (Column::Role, "Rolle, Rol, Papel, Rôle, Ruolo, Rola, Роль, 角色, 役割, 역할"),
    (
        Column::Change,
        "Änderung(|en), Cambio(|s), Mudança(|s), Alteraç(ão|ões), Changement(|s), Modifich(e|a), Wijziging(|en)",
    ),
    (
        Column::Change,
        "Zmian(a|y), Değişiklik, Изменени(е|я), 变更, 变更内容, 修改内容, 變更, 変更, 変更内容, 변경, 변경 사항",
    ),
    (
        Column::Description,
        "Beschreibung, Descripción, Descrição, Descrizione, Omschrijving, Beschrijving, Opis",
    ),
    (Column::Description, "Açıklama, Описание, 描述, 说明, 說明, 説明, 内容, 설명"),
    (Column::Cost, "Kosten, Coste, Costo, Custo, Coût, Koszt, Maliyet, Стоимость, 成本, 费用, 費用, 비용"),
    (
        Column::Notes,
        "Notizen, Bemerkung(|en), Anmerkung(|en), Notas, Observaciones, Observações, Remarques, Opmerking(|en)",
    ),
    (Column::Notes, "Uwagi, Notlar, Примечани(е|я), 备注, 備註, 備考, 비고"),
];

/// Words in the first cell of a row that mark it as a total.
pub(super) const TOTALS: &[((), &str)] = &[
    ((), "Summe, Gesamt, Insgesamt, Totale, Totaal, Razem, Suma, Łącznie, Toplam, Итого, Всего"),
    ((), "合计, 总计, 共计, 合計, 總計, 共計, 総計, 計, 합계, 총계"),
];
