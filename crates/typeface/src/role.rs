//! The parts that typefaces play in an official document, and the families for each.

/// What a typeface is for (GB/T 9704-2012, 5.2.2 and 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// 小标宋: the name of the office and the title.
    XiaoBiaoSong,
    /// 仿宋: the text.
    FangSong,
    /// 楷体: second headings, names of persons.
    Kai,
    /// 黑体: first headings, level and urgency.
    Hei,
    /// 宋体: page numbers, tables.
    Song,
    /// Latin letters with serifs, as in Times New Roman.
    Latin,
    /// Latin letters without serifs, as in Arial.
    LatinSans,
    /// Signs that none of the others has.
    Symbol,
}

/// The families that play a role.
pub struct Families {
    /// The typefaces that are meant, as their makers name them.
    pub originals: &'static [&'static str],
    /// Free ones that stand in for them, the nearest first.
    pub substitutes: &'static [&'static str],
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 8] = [
        Self::XiaoBiaoSong,
        Self::FangSong,
        Self::Kai,
        Self::Hei,
        Self::Song,
        Self::Latin,
        Self::LatinSans,
        Self::Symbol,
    ];

    /// The role of the typeface that is called `name`; none for a name that says nothing.
    ///
    /// Names come as the maker wrote them (方正小标宋简体, `FZXiaoBiaoSong-B05S`), with a subset's
    /// prefix (`ABCDEF+SimSun`) or with a style behind (`SimSun,Bold`).
    pub fn of(name: &str) -> Option<Self> {
        let name = plain(name);
        let says = |words: &[&str]| words.iter().any(|word| name.contains(word));
        PATTERNS
            .iter()
            .find(|(words, _)| says(words))
            .map(|(_, role)| *role)
    }

    /// The roles whose fonts are tried, in this order, for a sign that the role's own font lacks.
    pub const fn others(self) -> [Self; 7] {
        use Role::{FangSong, Hei, Kai, Latin, LatinSans, Song, Symbol, XiaoBiaoSong};
        match self {
            XiaoBiaoSong => [Song, FangSong, Hei, Kai, Latin, LatinSans, Symbol],
            FangSong => [Song, Kai, XiaoBiaoSong, Hei, Latin, LatinSans, Symbol],
            Kai => [Song, FangSong, XiaoBiaoSong, Hei, Latin, LatinSans, Symbol],
            Hei => [Song, XiaoBiaoSong, FangSong, Kai, LatinSans, Latin, Symbol],
            Song => [FangSong, XiaoBiaoSong, Kai, Hei, Latin, LatinSans, Symbol],
            Latin => [LatinSans, Song, FangSong, XiaoBiaoSong, Kai, Hei, Symbol],
            LatinSans => [Latin, Hei, Song, FangSong, XiaoBiaoSong, Kai, Symbol],
            Symbol => [Latin, LatinSans, Song, Hei, FangSong, XiaoBiaoSong, Kai],
        }
    }
}

/// Parts of plain names and what they say, the first that fits wins: 仿宋 stands before 宋.
const PATTERNS: &[(&[&str], Role)] = &[
    (
        &[
            "小标宋",
            "xiaobiaosong",
            "xbs",
            "中宋",
            "zhongsong",
            "大标宋",
            "dabiaosong",
        ],
        Role::XiaoBiaoSong,
    ),
    (&["仿宋", "fangsong", "fandolfang", "fzfs"], Role::FangSong),
    (&["楷", "kai"], Role::Kai),
    (
        &[
            "黑", "simhei", "heiti", "fzhei", "hei", "yahei", "等线", "dengxian", "sanscjk",
        ],
        Role::Hei,
    ),
    (
        &[
            "sourcehansans",
            "notosanssc",
            "wenquanyi",
            "wqy",
            "pingfang",
        ],
        Role::Hei,
    ),
    (
        &[
            "宋",
            "song",
            "simsun",
            "serifcjk",
            "sourcehanserif",
            "notoserifsc",
            "uming",
            "明",
            "书宋",
        ],
        Role::Song,
    ),
    (
        &[
            "arial",
            "helvetica",
            "calibri",
            "verdana",
            "tahoma",
            "segoeui",
            "sans",
            "courier",
        ],
        Role::LatinSans,
    ),
    (
        &[
            "times", "serif", "georgia", "cambria", "garamond", "roman", "palatino",
        ],
        Role::Latin,
    ),
    (&["symbol", "wingdings", "dingbats"], Role::Symbol),
];

/// The families that play `role`, the best first.
pub const fn families(role: Role) -> Families {
    let (originals, substitutes) = match role {
        Role::XiaoBiaoSong => (XIAO_BIAO_SONG, BOLD_SONG),
        Role::FangSong => (FANG_SONG, FREE_FANG_SONG),
        Role::Kai => (KAI, FREE_KAI),
        Role::Hei => (HEI, FREE_HEI),
        Role::Song => (SONG, FREE_SONG),
        Role::Latin => (LATIN, FREE_LATIN),
        Role::LatinSans => (LATIN_SANS, FREE_LATIN_SANS),
        Role::Symbol => (SYMBOL, FREE_SYMBOL),
    };
    Families {
        originals,
        substitutes,
    }
}

const XIAO_BIAO_SONG: &[&str] = &[
    "方正小标宋简体",
    "方正小标宋_GBK",
    "FZXiaoBiaoSong-B05S",
    "FZXiaoBiaoSong-B05",
    "方正小标宋_GB18030",
    "华文中宋",
    "STZhongsong",
];

const BOLD_SONG: &[&str] = &[
    "FandolSong Bold",
    "Noto Serif CJK SC Bold",
    "Noto Serif CJK SC Black",
    "Noto Serif SC Bold",
    "Source Han Serif SC Bold",
    "AR PL UMing CN",
];

const FANG_SONG: &[&str] = &[
    "仿宋_GB2312",
    "FangSong_GB2312",
    "仿宋",
    "FangSong",
    "方正仿宋简体",
    "方正仿宋_GBK",
    "FZFangSong-Z02S",
    "FZFangSong-Z02",
    "华文仿宋",
    "STFangsong",
];

const FREE_FANG_SONG: &[&str] = &[
    "FandolFang",
    "朱雀仿宋（预览测试版）",
    "Zhuque Fangsong (technical preview)",
];

const KAI: &[&str] = &[
    "楷体_GB2312",
    "KaiTi_GB2312",
    "楷体",
    "KaiTi",
    "SimKai",
    "方正楷体简体",
    "方正楷体_GBK",
    "FZKai-Z03S",
    "FZKai-Z03",
    "华文楷体",
    "STKaiti",
];

const FREE_KAI: &[&str] = &[
    "FandolKai",
    "AR PL KaitiM GB",
    "AR PL UKai CN",
    "LXGW WenKai",
];

const HEI: &[&str] = &[
    "黑体",
    "SimHei",
    "方正黑体简体",
    "方正黑体_GBK",
    "FZHei-B01S",
    "FZHei-B01",
    "华文黑体",
    "STHeiti",
    "微软雅黑",
    "Microsoft YaHei",
];

const FREE_HEI: &[&str] = &[
    "FandolHei",
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
];

const SONG: &[&str] = &[
    "宋体",
    "SimSun",
    "新宋体",
    "NSimSun",
    "方正书宋简体",
    "方正书宋_GBK",
    "FZShuSong-Z01S",
    "FZShuSong-Z01",
    "华文宋体",
    "STSong",
];

const FREE_SONG: &[&str] = &[
    "FandolSong",
    "Noto Serif CJK SC",
    "Noto Serif SC",
    "Source Han Serif SC",
    "AR PL SungtiL GB",
    "AR PL UMing CN",
];

const LATIN: &[&str] = &["Times New Roman", "Times"];

const FREE_LATIN: &[&str] = &[
    "Liberation Serif",
    "Tinos",
    "Nimbus Roman",
    "FreeSerif",
    "DejaVu Serif",
    "Noto Serif",
];

const LATIN_SANS: &[&str] = &["Arial", "Helvetica"];

const FREE_LATIN_SANS: &[&str] = &[
    "Liberation Sans",
    "Arimo",
    "Nimbus Sans",
    "FreeSans",
    "DejaVu Sans",
    "Noto Sans",
];

const SYMBOL: &[&str] = &["Segoe UI Symbol", "Symbol"];

const FREE_SYMBOL: &[&str] = &[
    "DejaVu Sans",
    "FreeSerif",
    "Noto Sans Symbols",
    "Noto Sans Symbols2",
];

/// Characters of a name that are looked at; no real one is as long.
const NAME_CHARS_MAX: usize = 128;

/// A name without what does not tell typefaces apart: a subset's prefix, letters' case, blanks,
/// hyphens, underscores and commas.
pub(crate) fn plain(name: &str) -> String {
    let name = match name.split_once('+') {
        Some((prefix, rest)) if is_subset_prefix(prefix) => rest,
        _ => name,
    };
    name.chars()
        .take(NAME_CHARS_MAX)
        .filter(|sign| !sign.is_whitespace() && !matches!(sign, '-' | '_' | ',' | '\'' | '"'))
        .flat_map(char::to_lowercase)
        .collect()
}

/// Six capital letters before a plus (ISO 32000-1, 9.6.4).
fn is_subset_prefix(prefix: &str) -> bool {
    prefix.len() == 6 && prefix.bytes().all(|letter| letter.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_names_of_official_documents_say_their_role() {
        let cases = [
            ("方正小标宋简体", Some(Role::XiaoBiaoSong)),
            ("方正小标宋_GBK", Some(Role::XiaoBiaoSong)),
            ("FZXiaoBiaoSong-B05S", Some(Role::XiaoBiaoSong)),
            ("FZXBSJW--GB1-0", Some(Role::XiaoBiaoSong)),
            ("华文中宋", Some(Role::XiaoBiaoSong)),
            ("仿宋", Some(Role::FangSong)),
            ("仿宋_GB2312", Some(Role::FangSong)),
            ("FangSong", Some(Role::FangSong)),
            ("STFangsong", Some(Role::FangSong)),
            ("FZFSK--GBK1-0", Some(Role::FangSong)),
            ("楷体", Some(Role::Kai)),
            ("楷体_GB2312", Some(Role::Kai)),
            ("ABCDEF+KaiTi_GB2312", Some(Role::Kai)),
            ("黑体", Some(Role::Hei)),
            ("SimHei", Some(Role::Hei)),
            ("Microsoft YaHei", Some(Role::Hei)),
            ("Noto Sans CJK SC", Some(Role::Hei)),
            ("宋体", Some(Role::Song)),
            ("SimSun,Bold", Some(Role::Song)),
            ("STSong-Light", Some(Role::Song)),
            ("新宋体", Some(Role::Song)),
            ("Times New Roman", Some(Role::Latin)),
            ("TimesNewRomanPSMT", Some(Role::Latin)),
            ("Arial", Some(Role::LatinSans)),
            ("Courier New", Some(Role::LatinSans)),
            ("Wingdings", Some(Role::Symbol)),
            ("", None),
            ("F1", None),
        ];
        for (name, role) in cases {
            assert_eq!(Role::of(name), role, "{name}");
        }
    }

    #[test]
    fn every_family_of_a_role_says_that_role_or_nothing() {
        for role in Role::ALL.into_iter().filter(|role| *role != Role::Symbol) {
            let Families {
                originals,
                substitutes,
            } = families(role);
            for name in originals {
                assert_eq!(Role::of(name), Some(role), "{name}");
            }
            assert!(!substitutes.is_empty(), "{role:?}");
        }
    }

    #[test]
    fn every_other_role_is_tried_once() {
        for role in Role::ALL {
            let mut tried = role.others().to_vec();
            tried.push(role);
            tried.sort_unstable();
            assert_eq!(tried, Role::ALL, "{role:?}");
        }
    }

    #[test]
    fn a_name_of_any_length_is_looked_at_briefly() {
        assert_eq!(plain(&"宋".repeat(1 << 20)).chars().count(), NAME_CHARS_MAX);
        assert_eq!(plain("abcdef+Song"), "abcdef+song");
        assert_eq!(plain("ABCDEF+Sim Sun"), "simsun");
    }
}
