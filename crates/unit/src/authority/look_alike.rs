//! Names that a reader takes for another unit's (attack G3). A document goes to whom the sender
//! picks by name; two names that look the same send it astray.
//!
//! Names are compared by what is left of them after NFKD (UAX #15: full-width letters, radical and
//! compatibility forms), without blanks, punctuation and marks, in lower case, and with characters
//! that print alike folded into one: a small table for office names, in the manner of UTS #39.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization as _;
use yichuan_document::roster::Roster;
use yichuan_document::roster::record::{Status, Unit};

/// The unit whose name another one looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alike {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// Which names may look like those of other units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LookAlikes {
    /// None.
    #[default]
    Refused,
    /// All: somebody has compared each of them.
    Allowed,
    /// Those of these units, by code.
    Of(BTreeSet<String>),
}

impl LookAlikes {
    /// Whether the name of that unit may look like another one's.
    pub(super) fn allows(&self, code: &str) -> bool {
        match self {
            Self::Refused => false,
            Self::Allowed => true,
            Self::Of(codes) => codes.contains(code),
        }
    }
}

impl From<bool> for LookAlikes {
    fn from(allowed: bool) -> Self {
        if allowed {
            Self::Allowed
        } else {
            Self::Refused
        }
    }
}

/// Characters that a reader overlooks the difference of; the first stands for all.
const PRINT_ALIKE: &str = "o0〇○◯οо l1i|丨ıі aаα cс eе pрρ xх yу kκк hн tт mм bв \
    己已巳⺒ 日曰 末未 土士 干千 人入 天夭 戊戌戍 市巿 毫亳 侯候 免兔 荼茶 汨汩 母毋毌 刀刁 \
    祇衹祗 冶治 崇祟 栗粟 口囗ロ□ 力カ 工エ 卜ト 夕タ 二ニ 八ハ 竞竟 赢嬴羸 晴睛 亨享 泸沪 风凤 \
    今令 茌荏 壶壸壼 商啇 拔拨 钧钓 州洲";

/// Simplified characters with their traditional and other forms, and radicals that are copied out
/// of PDF files in place of characters.
const SAME_CHARACTER: &str = "国國囯 县縣 区區 乡鄉鄊 镇鎮 门門⻔ 广廣 东東 云雲 岭嶺 龙龍⻰ 户戶戸 \
    产產産 黄黃⻩ 吴吳 吕呂 峰峯 群羣 里裏裡 丽麗 为爲為 内內 强強 卫衛衞 严嚴 党黨 厅廳 会會 办辦 \
    务務 财財 税稅 药藥 环環 农農 业業 质質 监監 劳勞 动動 资資 讯訊 报報 档檔 书書 学學 医醫 设設 \
    运運 输輸 电電 机機 构構 经經 济濟 贸貿 发發 义義 兴興 关關 华華 阳陽 阴陰 长長⻓镸 马馬⻢ 鸟鳥⻦ \
    鱼魚⻥ 车車⻋ 见見⻅ 风風⻛ 飞飛⻜ 齐齊⻬ 青靑⻘ 民⺠ 西⻄ 食⻝⻞ 台臺 湾灣 旧舊 众眾衆 \
    团團 组組 织織 计計 划劃 统統 审審 检檢 纪紀 统統 战戰 应應 险險 邮郵 铁鐵 桥橋 楼樓 兰蘭 苏蘇 \
    岁歲 宁寧甯 庆慶 滨濱 泽澤 泾涇 渊淵 湿濕 万萬 与與 乐樂 册冊 净淨 凉涼 县縣 变變 号號 叶葉 \
    园園 圣聖 坛壇 备備 实實 宝寶 对對 导導 将將 层層 岛島 师師 带帶 张張 当當 录錄 总總 户戶 护護 \
    据據 数數 断斷 时時 显顯 术術 权權 条條 来來 极極 标標 树樹 气氣 汉漢 汤湯 沟溝 灵靈 点點 热熱 \
    爱愛 献獻 现現 画畫 疗療 盐鹽 矿礦 码碼 离離 种種 积積 称稱 竞競 类類 约約 级級 线線 练練 结結 \
    维維 绿綠 网網 罗羅 联聯 职職 肃肅 舰艦 节節 荣榮 获獲 蓝藍 虫蟲 补補 装裝 规規 视視 观觀 议議 \
    证證 评評 试試 话話 详詳 语語 请請 调調 谷穀 贝貝 负負 贡貢 货貨 质質 购購 赵趙 转轉 轮輪 边邊 \
    达達 迁遷 过過 还還 进進 远遠 连連 选選 遗遺 邓鄧 郑鄭 钢鋼 银銀 锦錦 镜鏡 闻聞 队隊 际際 陆陸 \
    陈陳 随隨 隐隱 难難 静靜 韩韓 顺順 领領 题題 颜顏 额額 饭飯 馆館 驻駐 验驗 鲁魯 鸡雞 麦麥 黑黒 \
    岳嶽 并併並 杰傑 迹跡 鉴鑑 址阯 驿驛 传傳";

/// Lines that look like 一: as punctuation they are nothing, as a character they are a one.
const DASHES: [char; 13] = [
    '-', '‐', '‑', '‒', '–', '—', '―', '−', '─', '━', 'ー', '㇐', '⸺',
];

static FOLD: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    let mut fold = HashMap::new();
    for group in SAME_CHARACTER.split(' ').chain(PRINT_ALIKE.split(' ')) {
        let mut group = group.chars();
        if let Some(first) = group.next() {
            fold.extend(group.map(|other| (other, first)));
        }
    }
    fold
});

/// One character in place of all that look like it.
fn folded(mut character: char) -> char {
    // A traditional form leads to a simplified one, and that may print like a third.
    for _ in 0..2 {
        character = FOLD.get(&character).copied().unwrap_or(character);
    }
    character
}

/// What is left of a name, once with its dashes taken for 一 and once without them.
fn skeletons(name: &str) -> HashSet<String> {
    let left = |dash: Option<char>| -> String {
        let plain = name.nfkd().flat_map(char::to_lowercase);
        plain
            .filter_map(|character| {
                if DASHES.contains(&character) {
                    return dash;
                }
                let character = folded(character);
                character.is_alphanumeric().then_some(character)
            })
            .collect()
    };
    HashSet::from([left(None), left(Some('一'))])
}

/// For each planned unit, by code and name in order, the unit whose name it looks like: one of the
/// roster that is not closed, or one that stands before it in the plan.
///
/// The plan counts as carried out: a name that it takes away is free. A name that stays as it was
/// is not judged again.
pub(super) fn look_alikes<'p>(
    roster: &Roster,
    planned: impl Iterator<Item = (&'p str, &'p str)> + Clone,
) -> Vec<Option<Alike>> {
    let after: HashMap<&str, &str> = planned.clone().collect();
    let mut names = Names::default();
    let mut kept = HashSet::new();
    let open = roster.all::<Unit>();
    for (code, unit) in open.filter(|(_, unit)| unit.status != Status::Closed) {
        match after.get(code) {
            Some(name) if *name == unit.name => kept.insert(code.to_owned()),
            Some(_) => continue,
            None => true,
        };
        names.put(code, &unit.name);
    }
    let judge = |(code, name): (&str, &str)| {
        if kept.contains(code) {
            return None;
        }
        let alike = names.alike(code, name);
        names.put(code, name);
        alike
    };
    planned.map(judge).collect()
}

/// Names by what is left of them.
#[derive(Default)]
struct Names {
    left: HashMap<String, Alike>,
}

impl Names {
    /// The first name of each look stands for the later ones.
    fn put(&mut self, code: &str, name: &str) {
        for skeleton in skeletons(name) {
            self.left.entry(skeleton).or_insert_with(|| Alike {
                code: code.to_owned(),
                name: name.to_owned(),
            });
        }
    }

    fn alike(&self, code: &str, name: &str) -> Option<Alike> {
        let skeletons = skeletons(name);
        let mut found = skeletons.iter().filter_map(|left| self.left.get(left));
        found.find(|other| other.code != code).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alike(one: &str, other: &str) -> bool {
        let mut names = Names::default();
        names.put("513200-a", one);
        let forth = names.alike("513200-b", other).is_some();
        let mut names = Names::default();
        names.put("513200-a", other);
        assert_eq!(names.alike("513200-b", one).is_some(), forth, "both ways");
        forth
    }

    #[test]
    fn g3_names_that_print_alike_are_alike() {
        for (one, other) in [
            ("青石县人民政府", "青石县人民政府"),
            ("青石县人民政府", "青石县 人民政府"),
            ("青石县人民政府", "青石县·人民政府"),
            ("青石县人民政府（本级）", "青石县人民政府(本级)"),
            ("青石县人民政府", "青石縣人民政府"),
            ("青石县人民政府", "⻘石县人⺠政府"),
            ("青石县人民政府", "青石县入民政府"),
            ("青石县人民政府", "青石县人民政府\u{200b}"),
            ("云岭州民政局A", "云岭州民政局Ａ"),
            ("云岭州民政局A", "云岭州民政局А"),
            ("二〇一医院", "二○一医院"),
            ("二〇一医院", "二O一医院"),
            ("二〇一医院", "二0一医院"),
            ("第一中学", "第―中学"),
            ("第一中学", "第—中学"),
            ("第一中学", "第ー中学"),
            ("青石县中学", "青石县—中学"),
            ("自己乡", "自已乡"),
            ("自己乡", "自巳乡"),
            ("金龍镇", "⾦龙镇"),
        ] {
            assert!(alike(one, other), "{one} {other}");
        }
    }

    #[test]
    fn other_names_are_not() {
        for (one, other) in [
            ("青石县人民政府", "白河县人民政府"),
            ("青石县第一中学", "青石县第二中学"),
            ("青石县第十一中学", "青石县第十中学"),
            ("青石县人民政府", "青石县人民政府办公室"),
            ("大河乡人民政府", "太河乡人民政府"),
        ] {
            assert!(!alike(one, other), "{one} {other}");
        }
    }

    #[test]
    fn every_character_leads_to_one_that_stays() {
        for (from, to) in &*FOLD {
            assert_eq!(folded(*from), folded(*to), "{from}");
            assert_eq!(folded(*to), folded(folded(*to)), "{from}");
        }
    }
}
