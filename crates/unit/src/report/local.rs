//! What went wrong on this computer: its home, its keys, the authority's home, the user's files.

use super::{ALARM, BUSY, PASSWORD, REFUSED, Report, USAGE, given, own, told};
use crate::authority::AuthorityFailed;
use crate::home::HomeFailed;
use crate::keystore::KeystoreFailed;
use crate::lang::say;
use crate::office::{Failed, PartProblem};

pub(super) fn home(error: &HomeFailed) -> Report {
    match error {
        HomeFailed::Busy { holder } => told(
            format!(
                "{}: {holder}",
                say("工作目录正被另一命令使用", "another command uses this home")
            ),
            say("等它结束后重试", "repeat when it has ended"),
            BUSY,
        ),
        HomeFailed::Missing(path) => told(
            format!("{}: {}", path.display(), say("没有该文件", "is missing")),
            say(
                "本机尚未登记：先运行 yichuan enrol",
                "this computer is not enrolled: run `yichuan enrol`",
            ),
            USAGE,
        ),
        HomeFailed::AnotherRoot => told(
            say(
                "本机此前信任的是另一公开根",
                "another root was pinned here before",
            ),
            say(
                "向颁发机构当面核对公开根；换系统须用新的工作目录",
                "compare the root with the authority in person; another system needs a home of \
                 its own",
            ),
            ALARM,
        ),
        HomeFailed::NotARoot(path) => told(
            format!(
                "{}: {}",
                path.display(),
                say("不是公开根文件", "does not hold a public root")
            ),
            say(
                "向颁发机构重新索取 root.pub",
                "ask the authority for root.pub again",
            ),
            USAGE,
        ),
        HomeFailed::NotText(_) | HomeFailed::Settings(_) => told(
            error.to_string(),
            say(
                "更正该文件，或重新运行 yichuan enrol --exchange",
                "correct the file, or run `yichuan enrol --exchange` again",
            ),
            USAGE,
        ),
        HomeFailed::Io(error) => file(error),
    }
}

pub(super) fn keystore(error: &KeystoreFailed) -> Report {
    match error {
        KeystoreFailed::WrongPassword => told(
            say("口令不正确", "the password is wrong"),
            say(
                "再试一次；忘记的口令无法找回，须由管理员重新发放登记凭证",
                "try again; a forgotten one cannot be recovered, ask for a new ticket",
            ),
            PASSWORD,
        ),
        KeystoreFailed::SamePassword => told(
            say("新口令与原口令相同", "the new password is the old one"),
            say("换一个口令", "choose another one"),
            PASSWORD,
        ),
        KeystoreFailed::PastPassword => told(
            say("新口令近期用过", "the new password was used lately"),
            say("换一个口令", "choose another one"),
            PASSWORD,
        ),
        KeystoreFailed::WeakPassword => own(&Failed::WeakPassword),
        KeystoreFailed::OpenToOthers { path, mode } => told(
            format!(
                "{}: {} {mode:03o}, {} 600",
                path.display(),
                say("其他用户可读，权限为", "others can read it, its mode is"),
                say("应为", "it must be")
            ),
            say(
                "用 chmod 600 收回权限，并考虑更换密钥",
                "set it to 600, and think of new keys",
            ),
            REFUSED,
        ),
        KeystoreFailed::Damaged => told(
            say(
                "密钥文件损坏或被改动",
                "the key file is damaged or was changed",
            ),
            say(
                "从备份恢复，或由管理员重新发放登记凭证",
                "restore it from a backup, or ask for a new ticket",
            ),
            ALARM,
        ),
        KeystoreFailed::KeyOnToken => told(
            say(
                "该密钥在加密狗上，此处须用密钥文件",
                "the key is on a token, and one in a file is needed here",
            ),
            say(
                "使用颁发机构自己的密钥文件",
                "use the authority's own key file",
            ),
            USAGE,
        ),
        KeystoreFailed::UnknownVersion(found) => told(
            format!(
                "{} {found}",
                say("密钥文件版本未知：", "a key file of unknown version")
            ),
            say("使用较新版本的程序", "use a newer release"),
            USAGE,
        ),
        KeystoreFailed::Io(error) => file(error),
    }
}

#[expect(clippy::too_many_lines, reason = "a table of messages")]
pub(super) fn authority(error: &AuthorityFailed) -> Report {
    match error {
        AuthorityFailed::Keystore(error) => keystore(error),
        AuthorityFailed::WeakPassword => own(&Failed::WeakPassword),
        AuthorityFailed::TooManyTries { seconds } => {
            own(&Failed::TooManyTries { seconds: *seconds })
        }
        AuthorityFailed::Io(error) => file(error),
        AuthorityFailed::NotHere => told(
            say(
                "此目录中没有颁发机构",
                "no authority was founded in this home",
            ),
            say(
                "先运行 yichuan authority init",
                "run `yichuan authority init` first",
            ),
            USAGE,
        ),
        AuthorityFailed::AlreadyFounded => told(
            say(
                "此目录中已建立颁发机构",
                "an authority was founded in this home before",
            ),
            say(
                "换一个目录，或用 yichuan authority status 查看",
                "name another home, or look with `yichuan authority status`",
            ),
            USAGE,
        ),
        AuthorityFailed::Damaged(path) => told(
            format!(
                "{}: {}",
                path.display(),
                say(
                    "已签发的声明缺失、损坏或不衔接",
                    "a signed statement is missing, damaged or does not follow"
                )
            ),
            say(
                "停止签发，从备份恢复该文件；不可另行补签",
                "sign nothing; restore the file from a backup, never sign it anew",
            ),
            ALARM,
        ),
        AuthorityFailed::NotARequest => told(
            say(
                "不是有效的申请文件，或途中被改动",
                "not a request, or changed on its way",
            ),
            say("请申请人重新生成并核对", "have it made again, and compare"),
            REFUSED,
        ),
        AuthorityFailed::Picture(why) => told(
            format!(
                "{}: {why}",
                say("印模图片不可用", "the picture cannot be used")
            ),
            say("换用合格的 PNG 图片", "use another PNG"),
            USAGE,
        ),
        AuthorityFailed::ElectronicSeal(why) => told(
            format!(
                "{}: {why}",
                say("电子印章未制成", "the electronic seal was not made")
            ),
            say(
                "检查印模图片、印章名称和制章密钥的证书后重试",
                "look at the picture, the seal's name and the maker's certificates, then repeat",
            ),
            USAGE,
        ),
        AuthorityFailed::Plan(why) => told(
            format!("{}: {why}", say("计划有误", "the plan is not in order")),
            say(
                "更正后重试；未签发任何声明",
                "correct it and repeat; nothing was signed",
            ),
            USAGE,
        ),
        AuthorityFailed::Rule { rule, typed } => told(
            format!("{}: {rule} {typed:?}", say("规则有误", "not a rule")),
            say(
                "更正后重试；样例见规则说明",
                "correct it; the manual has samples",
            ),
            USAGE,
        ),
        AuthorityFailed::List(why) => given::list(why),
        AuthorityFailed::Calendar(lines) => given::calendar(lines),
        AuthorityFailed::Impression(wrong) => given::impression(wrong),
        AuthorityFailed::LookAlike { code, other } => told(
            format!(
                "{code}: {}: {} {}",
                say(
                    "名称与其他单位的相似，容易误投",
                    "its name looks like another unit's, and documents would go astray"
                ),
                other.code,
                other.name
            ),
            say(
                "更正名称；核对无误确需使用的，加 --allow-look-alike",
                "correct the name; where it is meant so, add --allow-look-alike",
            ),
            REFUSED,
        ),
        AuthorityFailed::Unknown(id) => told(
            format!("{id}: {}", say("名册中没有", "is not in the roster")),
            say(
                "用 yichuan authority status 查看",
                "look with `yichuan authority status`",
            ),
            USAGE,
        ),
        AuthorityFailed::AlreadySo(id) => told(
            format!("{id}: {}", say("已是该状态", "has that state already")),
            say("未签发任何声明", "nothing was signed"),
            REFUSED,
        ),
        AuthorityFailed::NotOpen(id) => told(
            format!(
                "{id}: {}",
                say("承接单位未开通", "the successor is not open")
            ),
            say("指明另一承接单位", "name another successor"),
            REFUSED,
        ),
        AuthorityFailed::UnitsBelow(ids) => told(
            format!(
                "{}: {ids}",
                say("下级单位尚未处理", "open units stand below it")
            ),
            say(
                "先将下级单位改隶或停用",
                "move or close the units below it first",
            ),
            REFUSED,
        ),
        AuthorityFailed::Unfinished { file, missing } => told(
            format!(
                "{}: {} {missing} {}",
                file.display(),
                say("尚缺", "lacks"),
                say("人签名", "signatures")
            ),
            say(
                "请其他持有人 yichuan authority cosign 该文件，再重新运行",
                "have the others cosign it (`yichuan authority cosign`), then run this again",
            ),
            REFUSED,
        ),
        AuthorityFailed::AnotherRoot => told(
            say("属于另一颁发机构", "of an authority with another root"),
            say(
                "核对 root.pub 和来源",
                "compare root.pub and where it came from",
            ),
            ALARM,
        ),
        AuthorityFailed::BadRootSet => told(
            say(
                "根密钥不能共同使用（重复、过多或门限不符）",
                "these root keys cannot serve together",
            ),
            say(
                "核对各申请文件和 --threshold",
                "compare the requests and --threshold",
            ),
            USAGE,
        ),
        AuthorityFailed::NoRoot => told(
            say(
                "此目录中没有现任根密钥",
                "none of the present root keys is in this home",
            ),
            say("在根密钥所在的目录签发", "sign where a root key is"),
            USAGE,
        ),
        AuthorityFailed::NoNextRoot => told(
            say(
                "此目录中没有 next-root.key",
                "next-root.key is not in this home",
            ),
            say(
                "从封存处取来放入此目录",
                "bring it from where it was locked away",
            ),
            USAGE,
        ),
        AuthorityFailed::NotTheSuccessor => told(
            say(
                "不是创世或上次接任时承诺的根密钥",
                "these are not the root keys that were committed to",
            ),
            say(
                "核对各持有人的申请文件和 --threshold",
                "compare the holders' requests and --threshold",
            ),
            ALARM,
        ),
        AuthorityFailed::NoOfficer => told(
            say(
                "此目录的密钥不属于在任签发人",
                "the key of this home is no active officer's",
            ),
            say(
                "先由根密钥核定签发人，或运行 yichuan authority sync",
                "have the root certify it, or run `yichuan authority sync`",
            ),
            REFUSED,
        ),
        AuthorityFailed::NotSeen(what) => told(
            format!(
                "{what}: {}",
                say("此目录尚不知道", "is not known in this home")
            ),
            say(
                "先运行 yichuan authority sync",
                "run `yichuan authority sync` first",
            ),
            USAGE,
        ),
        AuthorityFailed::NoHalf(unit) => told(
            format!(
                "{unit}: {}",
                say(
                    "没有可打开的托管份额",
                    "there is no half that this escrow key opens"
                )
            ),
            say(
                "核对 escrow.key；未托管的密钥无法恢复",
                "look for the right escrow.key; a key without a half cannot be recovered",
            ),
            REFUSED,
        ),
        AuthorityFailed::TooManyToCosign => told(
            say("内容过多，不能一次会签", "too much to be signed together"),
            say("分成几份签发", "sign it in parts"),
            USAGE,
        ),
        AuthorityFailed::Refused(why) => told(
            format!(
                "{}: {why}",
                say("名册规则不允许", "the rules of the roster do not allow it")
            ),
            say(
                "更正后重试；未签发任何声明",
                "correct it and repeat; nothing was signed",
            ),
            REFUSED,
        ),
    }
}

pub(super) fn part(path: &str, what: PartProblem) -> Report {
    let what = match what {
        PartProblem::Empty => say("文件是空的", "the file is empty").to_owned(),
        PartProblem::Unreadable(kind) => {
            format!("{}: {kind}", say("文件无法读取", "the file cannot be read"))
        }
        PartProblem::Name(why) => {
            format!("{}: {why}", say("文件名不可用", "the name cannot be used"))
        }
        PartProblem::Changed => say(
            "文件在读取过程中被改动",
            "the file changed while it was read",
        )
        .to_owned(),
        PartProblem::NotAFile => say("不是普通文件", "not a plain file").to_owned(),
        PartProblem::Exists => say(
            "不能新建：已存在，或上级目录不可写",
            "cannot be made: it exists, or the folder above cannot be written",
        )
        .to_owned(),
    };
    told(
        format!("{path}: {what}"),
        say("更正后重复该命令", "correct it and repeat the command"),
        USAGE,
    )
}

fn file(error: &std::io::Error) -> Report {
    told(
        error.to_string(),
        say(
            "检查磁盘空间和权限后重试；已有数据未丢失",
            "look at space and rights, then repeat; nothing is lost",
        ),
        REFUSED,
    )
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::authority::{Alike, BadList};

    #[test]
    fn every_failure_of_this_computer_comes_with_a_cure_and_its_exit_code() {
        let path = || PathBuf::from("x");
        let io = || std::io::Error::other("full");
        let holder = "pid 7 · yichuan inbox".to_owned();
        let code = "513201-zf".to_owned();
        let other = Alike {
            code: "513202-zf".to_owned(),
            name: "青石县人民政府".to_owned(),
        };
        let cases = [
            (home(&HomeFailed::Busy { holder }), BUSY),
            (home(&HomeFailed::Missing(path())), USAGE),
            (home(&HomeFailed::AnotherRoot), ALARM),
            (home(&HomeFailed::NotARoot(path())), USAGE),
            (home(&HomeFailed::NotText(path())), USAGE),
            (home(&HomeFailed::Settings("key".to_owned())), USAGE),
            (home(&HomeFailed::Io(io())), REFUSED),
            (keystore(&KeystoreFailed::WrongPassword), PASSWORD),
            (keystore(&KeystoreFailed::SamePassword), PASSWORD),
            (keystore(&KeystoreFailed::PastPassword), PASSWORD),
            (keystore(&KeystoreFailed::WeakPassword), PASSWORD),
            (keystore(&KeystoreFailed::Damaged), ALARM),
            (keystore(&KeystoreFailed::UnknownVersion(2)), USAGE),
            (keystore(&KeystoreFailed::Io(io())), REFUSED),
            (authority(&AuthorityFailed::NotHere), USAGE),
            (authority(&AuthorityFailed::AlreadyFounded), USAGE),
            (authority(&AuthorityFailed::Damaged(path())), ALARM),
            (authority(&AuthorityFailed::WeakPassword), PASSWORD),
            (authority(&AuthorityFailed::NotARequest), REFUSED),
            (authority(&AuthorityFailed::Picture("x".to_owned())), USAGE),
            (authority(&AuthorityFailed::Plan("x".to_owned())), USAGE),
            (
                authority(&AuthorityFailed::ElectronicSeal("x".to_owned())),
                USAGE,
            ),
            (authority(&AuthorityFailed::List(BadList::Empty)), USAGE),
            (authority(&AuthorityFailed::Impression(Vec::new())), REFUSED),
            (
                authority(&AuthorityFailed::LookAlike { code, other }),
                REFUSED,
            ),
            (authority(&AuthorityFailed::Io(io())), REFUSED),
        ];
        for (report, exit) in cases {
            assert_eq!(report.exit, exit, "{}", report.what);
            assert!(!report.cure.is_empty(), "{}", report.what);
        }
    }

    #[test]
    fn a_key_file_that_others_can_read_is_told_with_both_modes() {
        let (path, mode) = (PathBuf::from("root.key"), 0o644);
        let report = keystore(&KeystoreFailed::OpenToOthers { path, mode });
        for fact in ["root.key", "644", "600"] {
            assert!(report.what.contains(fact), "{}", report.what);
        }
    }
}
