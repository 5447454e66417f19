//! A draft circular (通报) on a period's sending and receiving, in the wording of offices.
//!
//! It is Chinese whatever the language of the messages: it goes to units as a document. Number,
//! signature and date are left blank for whoever issues it.

use std::fmt::Write as _;
use std::path::Path;

use yichuan_document::UnitCode;
use yichuan_document::inspection::ReturnCode;
use yichuan_wire::figures::Figures;

use super::period::Period;
use super::tally::{Rank, ranking, total};

/// The most units that are named for having done well.
const NAMED_MAX: usize = 20;
/// Two characters' width, as paragraphs of an official document begin.
const INDENT: &str = "\u{3000}\u{3000}";

/// How the draft is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Plain text.
    Text,
    /// Markdown.
    Markdown,
}

impl Form {
    /// The form that a file's name asks for; none of another ending than `.txt` and `.md`.
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "txt" => Some(Self::Text),
            "md" => Some(Self::Markdown),
            _ => None,
        }
    }
}

/// What a circular is made from.
#[derive(Clone, Debug)]
pub struct Circular {
    /// The period.
    pub period: Period,
    /// The name of the unit that issues it.
    pub issuer: String,
    /// Each unit with its name and figures.
    pub units: Vec<(UnitCode, String, Figures)>,
    /// How large the log was at least.
    pub size: u64,
}

impl Circular {
    /// The draft.
    pub fn draft(&self, form: Form) -> String {
        let mut paper = Paper {
            text: String::new(),
            form,
        };
        let period = self.period.zh();
        paper.note(&format!(
            "【草稿】本稿依据交换中心的统计数据（日志规模不少于 {} 条时）自动生成，须经核对、审定后印发。",
            self.size
        ));
        paper.plain("××〔××××〕××号");
        paper.title(&format!("关于{period}公文收发情况的通报"));
        paper.plain("各有关单位：");
        paper.paragraph(&format!(
            "现将{period}{}及所属单位公文收发情况通报如下。",
            clean(&self.issuer)
        ));
        self.overall(&mut paper);
        self.prompt(&mut paper);
        self.behind(&mut paper);
        self.duties(&mut paper);
        self.returns(&mut paper);
        paper.paragraph(
            "请各单位严格按照公文传输有关规定，及时查收、签收公文，发文后按时查询接收情况；\
             存在迟办、逾期情形的，请查明原因，及时改进。",
        );
        paper.plain("（印发机关署名）××××××××");
        paper.plain("××××年××月××日");
        paper.text
    }

    fn ranked(&self) -> Vec<(Option<Rank>, &str, &Figures)> {
        let units = self.units.iter();
        let ranked = ranking(units.map(|it| (it.0.clone(), it.2.clone())).collect());
        let named = |code: &UnitCode| self.units.iter().find(|it| it.0 == *code);
        let ranked = ranked.into_iter();
        ranked
            .filter_map(|(rank, code, _)| {
                let (_, name, figures) = named(&code)?;
                Some((rank, name.as_str(), figures))
            })
            .collect()
    }

    fn overall(&self, paper: &mut Paper) {
        paper.heading("一、总体情况");
        let all = total(self.units.iter().map(|(_, _, figures)| figures));
        let units = self.units.iter().filter(|it| it.2.received > 0).count();
        if all.received == 0 && all.sent == 0 {
            paper.paragraph("本期没有公文收发记录。");
            return;
        }
        let mut text = format!(
            "本期共有{units}个单位收到公文{}件次，应签收{}件次，已签收{}件次",
            all.received,
            all.owed(),
            all.signed
        );
        if let Some(rate) = all.rate() {
            let _ = write!(text, "，签收率{rate:.1}%");
        }
        if let (Some(median), Some(most)) = (all.percentile(50), all.percentile(95)) {
            let (median, most) = (time(median), time(most));
            let _ = write!(
                text,
                "；签收用时中位数为{median}，95%的签收用时在{most}以内"
            );
        }
        let _ = write!(
            text,
            "。退回{}件次，拒收{}件次，发文单位撤回{}件次，转送承接单位或被替代{}件次。\
             迟办{}件次，逾期{}件次。发出公文{}件，送往{}件次。",
            all.returned_in_all(),
            all.refused,
            all.recalled,
            all.moved,
            all.late,
            all.overdue,
            all.sent,
            all.sent_to
        );
        paper.paragraph(&text);
    }

    /// Who signed for everything, and nothing of it late.
    fn prompt(&self, paper: &mut Paper) {
        paper.heading("二、签收及时的单位");
        let ranked = self.ranked();
        let prompt = ranked.iter().filter(|(rank, _, figures)| {
            let all = figures.signed == figures.owed();
            rank.is_some() && all && figures.late == 0 && figures.overdue == 0
        });
        let prompt: Vec<_> = prompt.collect();
        if prompt.is_empty() {
            paper.paragraph("本期没有全部按时签收的单位。");
            return;
        }
        let lines = prompt.iter().take(NAMED_MAX).map(|(rank, name, figures)| {
            let place = rank.map_or(0, |rank| rank.place);
            let tied = if rank.is_some_and(|rank| rank.tied) {
                "（并列）"
            } else {
                ""
            };
            let median = figures.percentile(50).map(time).unwrap_or_default();
            format!(
                "第{place}名{tied}　{}：应签收{}件次，全部按时签收，用时中位数{median}",
                clean(name),
                figures.owed()
            )
        });
        paper.list(lines);
        if prompt.len() > NAMED_MAX {
            let count = prompt.len();
            paper.paragraph(&format!(
                "全部按时签收的单位共{count}个，以上为前{NAMED_MAX}个。"
            ));
        }
    }

    fn behind(&self, paper: &mut Paper) {
        paper.heading("三、迟办和逾期的情况");
        let behind = self
            .units
            .iter()
            .filter(|it| it.2.late > 0 || it.2.overdue > 0);
        let lines: Vec<String> = behind
            .map(|(_, name, figures)| {
                let rate = figures.rate().map(|rate| format!("，签收率{rate:.1}%"));
                format!(
                    "{}：应签收{}件次，迟办{}件次，逾期{}件次{}",
                    clean(name),
                    figures.owed(),
                    figures.late,
                    figures.overdue,
                    rate.unwrap_or_default()
                )
            })
            .collect();
        if lines.is_empty() {
            paper.paragraph("本期没有迟办、逾期的情况。");
        } else {
            paper.list(lines.into_iter());
        }
    }

    fn duties(&self, paper: &mut Paper) {
        paper.heading("四、未按规定履行的职责");
        let mut lines = Vec::new();
        for (_, name, figures) in &self.units {
            let mut missed = Vec::new();
            if figures.looks_missed > 0 {
                missed.push(format!("未按时查看收文{}次", figures.looks_missed));
            }
            if figures.inquiries_missed > 0 {
                let count = figures.inquiries_missed;
                missed.push(format!("发文后未按时查询接收情况{count}件"));
            }
            if !missed.is_empty() {
                lines.push(format!("{}：{}", clean(name), missed.join("，")));
            }
        }
        if lines.is_empty() {
            paper.paragraph("本期没有未按时查看收文或未按时查询接收情况的记录。");
        } else {
            paper.list(lines.into_iter());
        }
    }

    fn returns(&self, paper: &mut Paper) {
        paper.heading("五、退回的原因");
        let all = total(self.units.iter().map(|(_, _, figures)| figures));
        let mut counts = all.returned.clone();
        counts.sort_by(|one, other| other.times.cmp(&one.times).then(one.what.cmp(&other.what)));
        let words: Vec<String> = counts
            .iter()
            .map(|count| {
                let code = ReturnCode(u64::from(count.what));
                let reason = code.known().map_or("其他", |reason| reason.zh());
                format!("{reason}{}件次", count.times)
            })
            .collect();
        if words.is_empty() {
            paper.paragraph("本期没有退回的公文。");
        } else {
            paper.paragraph(&format!("{}。", words.join("，")));
        }
    }
}

/// A name without what would steer a terminal or begin something in Markdown.
fn clean(name: &str) -> String {
    const MARKS: &[char] = &['*', '_', '`', '[', ']', '<', '>', '#', '|', '\\', '!'];
    name.chars()
        .filter(|sign| !sign.is_control() && !MARKS.contains(sign))
        .collect()
}

/// Minutes as offices write them.
fn time(minutes: u32) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes}分钟"),
        (hours, 0) => format!("{hours}小时"),
        (hours, minutes) => format!("{hours}小时{minutes}分钟"),
    }
}

/// What is being written.
struct Paper {
    text: String,
    form: Form,
}

impl Paper {
    fn put(&mut self, before: &str, text: &str) {
        let apart = match self.form {
            Form::Text => "\n",
            Form::Markdown => "\n\n",
        };
        self.text.push_str(before);
        self.text.push_str(text);
        self.text.push_str(apart);
    }

    fn note(&mut self, text: &str) {
        match self.form {
            Form::Text => self.put("", &format!("{text}\n")),
            Form::Markdown => self.put("> ", text),
        }
    }

    fn title(&mut self, text: &str) {
        match self.form {
            Form::Text => self.put("\n", &format!("{text}\n")),
            Form::Markdown => self.put("# ", text),
        }
    }

    fn heading(&mut self, text: &str) {
        match self.form {
            Form::Text => self.put(INDENT, text),
            Form::Markdown => self.put("## ", text),
        }
    }

    fn plain(&mut self, text: &str) {
        self.put("", text);
    }

    fn paragraph(&mut self, text: &str) {
        self.put(INDENT, text);
    }

    fn list(&mut self, lines: impl Iterator<Item = String>) {
        let lines: Vec<String> = lines.collect();
        let last = lines.len();
        for (place, line) in lines.into_iter().enumerate() {
            let end = if place + 1 == last { "。" } else { "；" };
            self.paragraph(&format!("{}. {line}{end}", place + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use yichuan_wire::figures::End;

    fn circular(units: &[(&str, &str, Figures)]) -> Circular {
        let units = units.iter().map(|(code, name, figures)| {
            (code.parse().unwrap(), (*name).to_owned(), figures.clone())
        });
        Circular {
            period: Period::of_month(202_611),
            issuer: "云岭州人民政府办公室".to_owned(),
            units: units.collect(),
            size: 812,
        }
    }

    fn figures(ends: &[(End, bool, bool)]) -> Figures {
        let mut figures = Figures::default();
        for (end, late, overdue) in ends {
            figures.count_delivery(*end, *late, *overdue, 1);
        }
        figures
    }

    #[test]
    fn a_draft_says_what_it_is_and_leaves_number_and_date_blank() {
        let draft = circular(&[]).draft(Form::Text);
        assert!(draft.starts_with("【草稿】"), "{draft}");
        assert!(draft.contains("日志规模不少于 812 条"));
        assert!(draft.contains("××〔××××〕××号"));
        assert!(draft.contains("××××年××月××日"));
        assert!(draft.contains("关于2026年11月公文收发情况的通报"));
        assert!(draft.contains("本期没有公文收发记录。"));
    }

    #[test]
    fn who_did_well_and_who_was_behind_stand_apart_with_their_figures() {
        let good = figures(&[(End::Signed(65), false, false)]);
        let late = figures(&[
            (End::Signed(600), true, true),
            (End::Returned(63), false, false),
        ]);
        let mut idle = Figures {
            looks_missed: 3,
            inquiries_missed: 2,
            ..Figures::default()
        };
        idle.sent = 4;
        let draft = circular(&[
            ("513201-zf", "青石县人民政府", good),
            ("513202-zf", "白河县人民政府", late),
            ("513203-zf", "红岩县人民政府", idle),
        ])
        .draft(Form::Text);
        let part = |from: &str, to: &str| {
            let (_, rest) = draft.split_once(from).unwrap();
            rest.split_once(to).unwrap().0.to_owned()
        };
        let prompt = part("二、", "三、");
        assert!(
            prompt.contains("第1名　青石县人民政府：应签收1件次"),
            "{prompt}"
        );
        assert!(prompt.contains("用时中位数1小时5分钟"), "{prompt}");
        assert!(!prompt.contains("白河"), "{prompt}");
        let behind = part("三、", "四、");
        let line = "白河县人民政府：应签收2件次，迟办1件次，逾期1件次，签收率50.0%。";
        assert!(behind.contains(line), "{behind}");
        assert!(!behind.contains("青石"), "{behind}");
        let duties = part("四、", "五、");
        let line = "红岩县人民政府：未按时查看收文3次，发文后未按时查询接收情况2件";
        assert!(duties.contains(line), "{duties}");
        assert!(draft.contains("其他1件次"), "{draft}");
        assert!(draft.contains("签收率66.7%"), "{draft}");
    }

    #[test]
    fn equal_units_are_said_to_be_equal() {
        let same = figures(&[(End::Signed(5), false, false)]);
        let draft = circular(&[
            ("513201-zf", "青石县人民政府", same.clone()),
            ("513202-zf", "白河县人民政府", same),
        ])
        .draft(Form::Text);
        assert_eq!(draft.matches("第1名（并列）").count(), 2, "{draft}");
    }

    #[test]
    fn markdown_has_headings_and_a_name_makes_none() {
        let one = figures(&[(End::Signed(5), false, false)]);
        let draft = circular(&[("513201-zf", "# [x](http://e)\n\u{1b}[2J", one)]);
        let draft = draft.draft(Form::Markdown);
        assert!(draft.contains("\n# 关于2026年11月"), "{draft}");
        assert_eq!(
            draft.lines().filter(|line| line.starts_with('#')).count(),
            6
        );
        assert!(
            !draft.contains("[x]") && !draft.contains('\u{1b}'),
            "{draft}"
        );
    }

    #[test]
    fn the_form_is_that_of_the_file_name() {
        assert_eq!(Form::of(Path::new("通报.txt")), Some(Form::Text));
        assert_eq!(Form::of(Path::new("a.md")), Some(Form::Markdown));
        for other in ["通报", "a.docx", "a.txt.exe", ".md"] {
            assert_eq!(Form::of(Path::new(other)), None, "{other}");
        }
    }
}
