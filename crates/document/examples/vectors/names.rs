//! Names, document numbers and file names of parts, as text in UTF-8.

use serde_json::{Value, json};

use crate::raw::hex;

pub(crate) fn file() -> Value {
    let mut names = Vec::new();
    for (kind, good, bad) in NAMES {
        names.extend(good.iter().map(|text| named(kind, text, "ok")));
        names.extend(bad.iter().map(|text| named(kind, text, "name")));
    }
    for (kind, length_max, front) in LENGTHS {
        let longest = format!("{front}{}", "a".repeat(length_max - front.len()));
        names.push(named(kind, &longest, "ok"));
        names.push(named(kind, &format!("{longest}a"), "name"));
    }
    json!({ "name": names, "number": pairs(NUMBERS), "part_name": part_names() })
}

fn named(kind: &str, text: &str, result: &str) -> Value {
    json!({ "kind": kind, "utf8": hex(text.as_bytes()), "result": result })
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<Value> {
    let one =
        |(text, result): &(&str, &str)| json!({ "utf8": hex(text.as_bytes()), "result": result });
    pairs.iter().map(one).collect()
}

fn part_names() -> Vec<Value> {
    let mut cases = pairs(PART_NAMES);
    let longest = format!("{}.ofd", "a".repeat(196));
    cases.extend(pairs(&[
        (&longest, "ok"),
        (&format!("a{longest}"), "too-long"),
    ]));
    cases
}

const NAMES: &[(&str, &[&str], &[&str])] = &[
    (
        "origin",
        &["yichuan.example", "a", "a-b.c0", "0.1"],
        &[
            "", ".", "a.", ".a", "a..b", "A.b", "a-.b", "-a.b", "a_b", "a/b", "a b", "a\n", "例.cn",
        ],
    ),
    (
        "unit",
        &["513200-zfb", "000000-a", "513200-a1b2"],
        &[
            "",
            "513200",
            "513200-",
            "51320-zfb",
            "5132000-zfb",
            "513200-ZFB",
            "513200-zfb-",
            "513200-z-b",
            "51320a-zfb",
            "５13200-zfb",
            "513200–zfb",
            "513200-zfb ",
            "513200-办",
        ],
    ),
    (
        "account",
        &["513200-zfb-fs01", "513200-zfb-js99", "513200-zfb-sp00"],
        &[
            "",
            "fs01",
            "513200-fs01",
            "513200-zfb-fs1",
            "513200-zfb-fs001",
            "513200-zfb-FS01",
            "513200-zfb-pc01",
            "513200-zfb-seal01",
            "513200-zfb-f01",
            "513200-zfb-fs０1",
            "513200-zfb-fs01@yichuan.example",
            "513200-zfb--fs01",
        ],
    ),
    (
        "device",
        &["513200-zfb-pc01", "513200-zfb-pc99"],
        &[
            "",
            "pc01",
            "513200-zfb-pc1",
            "513200-zfb-fs01",
            "513200-zfb-PC01",
            "513200-zfb-pc001",
        ],
    ),
    (
        "seal",
        &["513200-zfb-seal01"],
        &[
            "",
            "seal01",
            "513200-zfb-seal1",
            "513200-zfb-yz01",
            "513200-zfb-seal001",
        ],
    ),
    (
        "person",
        &["p-zhang3", "p-0"],
        &["", "p-", "zhang3", "P-zhang3", "p-zhang-3", "p-张三"],
    ),
    (
        "ticket",
        &["t-4k2m", "t-0"],
        &["", "t-", "4k2m", "T-4k2m", "t-4k2m-", "p-4k2m"],
    ),
    (
        "unit-ref",
        &["513200-zfb@yichuan.example"],
        &[
            "",
            "@",
            "513200-zfb",
            "513200-zfb@",
            "@yichuan.example",
            "513200-zfb@a@b",
            "513200-zfb-fs01@yichuan.example",
            "513200-zfb@Yichuan.example",
        ],
    ),
];

/// The longest name of a kind, and how one begins.
const LENGTHS: &[(&str, usize, &str)] = &[
    ("origin", 64, ""),
    ("unit", 24, "513200-"),
    ("person", 32, "p-"),
    ("ticket", 32, "t-"),
];

const NUMBERS: &[(&str, &str)] = &[
    ("云政办发〔2026〕17号", "ok"),
    ("国发〔1949〕1号", "ok"),
    ("云政办函〔9999〕999999号", "ok"),
    ("甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳〔2026〕1号", "ok"),
    ("", "form"),
    ("云政办发", "form"),
    ("云政办发[2026]17号", "form"),
    ("云政办发（2026）17号", "form"),
    ("云政办发〔2026〕17", "form"),
    ("云政办发〔2026〕17号 ", "form"),
    ("云政办发〔2026", "form"),
    ("〔2026〕17号", "word"),
    ("云 政〔2026〕17号", "word"),
    ("云\n政〔2026〕17号", "word"),
    ("云\u{200b}政〔2026〕17号", "word"),
    ("云-政〔2026〕17号", "word"),
    ("e\u{301}〔2026〕17号", "word"),
    ("甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午〔2026〕1号", "word"),
    ("云政〔26〕17号", "year"),
    ("云政〔1948〕17号", "year"),
    ("云政〔+026〕17号", "year"),
    ("云政〔02026〕17号", "year"),
    ("云政〔2O26〕17号", "year"),
    ("云政〔２０２６〕17号", "year"),
    ("云政〔2026〕号", "serial"),
    ("云政〔2026〕0号", "serial"),
    ("云政〔2026〕017号", "serial"),
    ("云政〔2026〕+7号", "serial"),
    ("云政〔2026〕-7号", "serial"),
    ("云政〔2026〕1.7号", "serial"),
    ("云政〔2026〕十七号", "serial"),
    ("云政〔2026〕1000000号", "serial"),
    ("云政〔2026〕99999999999999999999号", "serial"),
];

const PART_NAMES: &[(&str, &str)] = &[
    ("通知.ofd", "ok"),
    ("附件1：名单.pdf", "ok"),
    ("a b.ofd", "ok"),
    (".a", "ok"),
    ("COM10.pdf", "ok"),
    ("console.txt", "ok"),
    ("", "empty"),
    (".", "empty"),
    ("..", "empty"),
    ("...", "empty"),
    ("../通知.ofd", "sign"),
    ("/etc/passwd", "sign"),
    (r"C:\通知.ofd", "sign"),
    (r"\\server\share", "sign"),
    ("C:通知.ofd", "sign"),
    ("通知.ofd:stream", "sign"),
    ("通知?.ofd", "sign"),
    ("通知*.ofd", "sign"),
    ("\"通知\".ofd", "sign"),
    ("<通知>.ofd", "sign"),
    ("通知|.ofd", "sign"),
    ("a\0b", "invisible"),
    ("a\nb", "invisible"),
    ("a\u{7f}b", "invisible"),
    ("a\u{85}b", "invisible"),
    ("通知\u{202e}dfo.exe", "invisible"),
    ("通\u{200b}知.ofd", "invisible"),
    ("通\u{ad}知.ofd", "invisible"),
    ("通\u{2066}知.ofd", "invisible"),
    ("\u{feff}通知.ofd", "invisible"),
    ("通\u{3164}知.ofd", "invisible"),
    ("通\u{e0041}知.ofd", "invisible"),
    ("通知.ofd ", "edge"),
    (" 通知.ofd", "edge"),
    ("\u{3000}通知.ofd", "edge"),
    ("通知.ofd.", "edge"),
    ("CON", "reserved"),
    ("con.ofd", "reserved"),
    ("con .ofd", "reserved"),
    ("Aux.tar.gz", "reserved"),
    ("com1.ofd", "reserved"),
    ("LPT¹.ofd", "reserved"),
    ("CONIN$", "reserved"),
    ("e\u{301}.ofd", "not-nfc"),
    ("\u{f900}.ofd", "not-nfc"),
];
