//! Breaking a title into lines: a trapezoid or a diamond, and no word split (7.3.1).
//!
//! Where a title is best broken is a matter of its sense, and who writes it may say so with `｜`.
//! Else lines are balanced, and the places where titles are commonly broken are preferred: after
//! 关于 and the names of offices, before the kind of document and not before 的.

/// The most ems of a line.
const EMS_MAX: f64 = 20.0;
/// What a break at an odd place costs, in squared ems from the shape.
const ODD: f64 = 7.0;
const BAD: f64 = 60.0;
const NEVER: f64 = 1e7;

/// Words of titles that are not split.
const WORDS: &[&str] = &[
    "人民政府",
    "人民代表大会",
    "办公室",
    "办公厅",
    "委员会",
    "常务委员会",
    "领导小组",
    "关于",
    "印发",
    "转发",
    "通知",
    "意见",
    "决定",
    "报告",
    "请示",
    "批复",
    "公告",
    "通告",
    "通报",
    "决议",
    "议案",
    "纪要",
    "工作",
    "管理",
    "实施",
    "办法",
    "方案",
    "规定",
    "规划",
    "计划",
    "加强",
    "进一步",
    "做好",
    "开展",
    "推进",
    "建设",
    "发展",
    "改革",
    "制度",
    "安全",
    "生产",
    "公文",
    "电子",
    "传输",
    "档案",
    "全市",
    "全州",
    "全省",
    "有关",
    "事项",
    "问题",
    "若干",
    "措施",
    "调整",
    "成立",
    "专项",
    "行动",
    "会议",
    "年度",
    "重点",
    "落实",
    "经济",
    "社会",
    "教育",
    "卫生",
    "财政",
    "信息",
    "公开",
    "保密",
    "服务",
    "中心",
    "试行",
    "暂行",
];

/// The lines of a title. `width` gives a character's width in ems.
pub(crate) fn lines(title: &str, width: impl Fn(char) -> f64) -> Vec<String> {
    if title.contains(['｜', '|']) {
        let lines = title.split(['｜', '|']).map(str::trim);
        let lines: Vec<String> = lines
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect();
        let fits = |line: &String| line.chars().map(&width).sum::<f64>() <= EMS_MAX;
        if !lines.is_empty() && lines.iter().all(fits) {
            return lines;
        }
    }
    let signs: Vec<char> = title
        .chars()
        .filter(|sign| !matches!(sign, '｜' | '|'))
        .collect();
    let ends = ems(&signs, width);
    let total = ends.last().copied().unwrap_or(0.0);
    if total <= EMS_MAX {
        return vec![signs.into_iter().collect()];
    }
    let costs = costs(&signs);
    let least = count(total);
    let best = [least, least + 1]
        .into_iter()
        .flat_map(|lines| shapes(total, lines))
        .filter_map(|shape| fill(&ends, &costs, &shape))
        .min_by(|one, other| one.0.total_cmp(&other.0));
    let breaks = best.map_or_else(|| even(signs.len(), least + 1), |(_, breaks)| breaks);
    let mut from = 0;
    let mut lines = Vec::new();
    for to in breaks {
        lines.push(signs[from..to].iter().collect::<String>().trim().to_owned());
        from = to;
    }
    lines
}

/// How many ems end with each character.
fn ems(signs: &[char], width: impl Fn(char) -> f64) -> Vec<f64> {
    let mut sum = 0.0;
    let add = |sign: &char| {
        sum += width(*sign);
        sum
    };
    signs.iter().map(add).collect()
}

/// How many lines a title of so many ems needs.
fn count(total: f64) -> usize {
    let mut lines = 1;
    while lines as f64 * (EMS_MAX - 1.0) < total && lines < 100 {
        lines += 1;
    }
    lines
}

fn even(signs: usize, lines: usize) -> Vec<usize> {
    let each = signs.div_ceil(lines.max(1)).max(1);
    (1..=lines).map(|line| (line * each).min(signs)).collect()
}

/// The lengths of lines in an inverted trapezoid, a trapezoid and, of three lines and more, a
/// diamond.
fn shapes(total: f64, lines: usize) -> Vec<Vec<f64>> {
    let middle = (lines as f64 - 1.0) / 2.0;
    let mean = total / lines as f64;
    // Neighbouring lines differ by two ems, by less where there are many.
    let step = if lines > 4 { 0.8 } else { 2.0 };
    let line = |weight: &dyn Fn(f64) -> f64| -> Vec<f64> {
        let weights: Vec<f64> = (0..lines).map(|line| weight(line as f64)).collect();
        let shift = weights.iter().sum::<f64>() / lines as f64;
        weights.iter().map(|weight| mean + weight - shift).collect()
    };
    let mut shapes = vec![
        line(&|line| (middle - line) * step),
        line(&|line| (line - middle) * step),
    ];
    if lines > 2 {
        shapes.push(line(&|line| -(line - middle).abs() * step * 1.5));
    }
    shapes
}

/// What a break before each character costs.
fn costs(signs: &[char]) -> Vec<f64> {
    let text: String = signs.iter().collect();
    let mut costs = vec![ODD; signs.len() + 1];
    for word in WORDS {
        for (at, _) in text.match_indices(word) {
            let start = text[..at].chars().count();
            let inside = start + 1..start + word.chars().count();
            if let Some(inside) = costs.get_mut(inside) {
                inside.fill(BAD);
            }
        }
    }
    let mut brackets = 0_usize;
    for at in 1..signs.len() {
        let (before, after) = (signs[at - 1], signs[at]);
        match before {
            '《' | '（' | '〔' | '“' => brackets += 1,
            '》' | '）' | '〕' | '”' => brackets = brackets.saturating_sub(1),
            _ => {}
        }
        let ends = |words: &[&str]| {
            words.iter().any(|word| {
                let count = word.chars().count();
                at >= count && signs[at - count..at].iter().copied().eq(word.chars())
            })
        };
        let good = matches!(after, '《' | '和' | '与' | '及' | '暨')
            || matches!(before, '》' | '、' | '，')
            || ends(&[
                "关于",
                "人民政府",
                "办公室",
                "办公厅",
                "委员会",
                "印发",
                "转发",
            ]);
        let never = matches!(after, '》' | '）' | '〕' | '”' | '、' | '，' | '：' | '—')
            || matches!(before, '《' | '（' | '〔' | '“')
            || before.is_ascii_alphanumeric() && after.is_ascii_alphanumeric();
        if never {
            costs[at] = NEVER;
        } else if brackets > 0 {
            costs[at] += ODD;
        } else if good && costs[at] < BAD {
            costs[at] = 0.0;
        }
        if matches!(after, '的' | '等' | '年' | '号') {
            costs[at] = costs[at].max(BAD);
        }
    }
    costs
}

/// The cheapest breaks that follow a shape: their cost and where the lines end.
fn fill(ends: &[f64], costs: &[f64], shape: &[f64]) -> Option<(f64, Vec<usize>)> {
    let count = ends.len();
    let begin = |at: usize| if at == 0 { 0.0 } else { ends[at - 1] };
    // For each line and each place where it may end: the cost and where it began.
    let mut table: Vec<Vec<Option<(f64, usize)>>> = Vec::new();
    for (line, wanted) in shape.iter().enumerate() {
        let mut row = vec![None; count + 1];
        for to in 1..=count {
            let above = line.checked_sub(1).and_then(|above| table.get(above));
            let begin_cost = |from: usize| match above {
                None => (from == 0).then_some(0.0),
                Some(above) => above.get(from).copied().flatten().map(|(cost, _)| cost),
            };
            let starts = (0..to).map(|from| (from, begin_cost(from)));
            for (from, before) in starts {
                let length = begin(to) - begin(from);
                let Some(before) = before.filter(|_| length <= EMS_MAX) else {
                    continue;
                };
                let broken = if to < count { costs[to] } else { 0.0 };
                let cost = before + (length - wanted).powi(2) + broken;
                if row[to].is_none_or(|(known, _)| cost < known) {
                    row[to] = Some((cost, from));
                }
            }
        }
        table.push(row);
    }
    let (cost, _) = table.last()?[count]?;
    let mut breaks = Vec::new();
    let mut to = count;
    for row in table.iter().rev() {
        breaks.push(to);
        to = row[to]?.1;
    }
    breaks.reverse();
    Some((cost, breaks))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(title: &str) -> Vec<String> {
        lines(title, |sign| if sign.is_ascii() { 0.5 } else { 1.0 })
    }

    #[test]
    fn titles_are_broken_where_their_sense_allows_it() {
        let cases: [(&str, &[&str]); 5] = [
            ("关于做好防汛工作的通知", &["关于做好防汛工作的通知"]),
            (
                "江州市人民政府办公室关于印发江州市电子公文传输管理办法的通知",
                &[
                    "江州市人民政府办公室关于印发",
                    "江州市电子公文传输管理办法的通知",
                ],
            ),
            (
                "江州市人民政府关于｜加强档案工作的意见",
                &["江州市人民政府关于", "加强档案工作的意见"],
            ),
            (
                "江州市财政局关于2026年度预算执行情况的报告",
                &["江州市财政局关于", "2026年度预算执行情况的报告"],
            ),
            ("", &[""]),
        ];
        for (title, expected) in cases {
            assert_eq!(broken(title), expected, "{title}");
        }
    }

    #[test]
    fn no_title_is_wider_than_the_type_area_nor_loses_a_character() {
        for length in [1, 19, 20, 21, 40, 41, 59, 80, 119, 200] {
            let title: String = "关于《》、的通知，加强"
                .chars()
                .cycle()
                .take(length)
                .collect();
            let lines = broken(&title);
            assert_eq!(lines.concat(), title);
            for line in &lines[..lines.len() - 1] {
                assert!(!line.ends_with('《'), "{line}");
            }
            for line in &lines {
                assert!(line.chars().count() <= 20, "{line}");
                assert!(!line.starts_with(['》', '、', '，', '的']), "{line}");
            }
        }
    }
}
