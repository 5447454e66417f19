//! The rules: each with its clause, its weight, and a sentence in two languages.

/// How much a departure from a rule weighs; the weightiest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The document is to be corrected, or returned.
    Error,
    /// A person should look.
    Warning,
    /// It is worth knowing.
    Note,
}

impl Severity {
    /// The stable word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }

    /// The word in Chinese.
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Error => "错误",
            Self::Warning => "注意",
            Self::Note => "提示",
        }
    }
}

/// A rule of form.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// The stable id.
    pub id: &'static str,
    /// Where the rule comes from.
    pub clause: &'static str,
    /// How much a departure weighs.
    pub severity: Severity,
    /// What is wrong, in Chinese.
    pub zh: &'static str,
    /// What is wrong, in English.
    pub en: &'static str,
}

macro_rules! rules {
    ($($name:ident: $id:literal, $clause:literal, $severity:ident, $zh:literal, $en:literal;)*) => {
        $(pub(super) static $name: Rule = Rule {
            id: $id,
            clause: $clause,
            severity: Severity::$severity,
            zh: $zh,
            en: $en,
        };)*

        /// Every rule.
        pub static RULES: &[&Rule] = &[$(&$name),*];
    };
}

rules! {
    ONE_DOCUMENT: "file.one_document", "GB/T 33190; Art. 3", Error,
        "一个文件中应只有一件公文", "a file holds exactly one document";
    TYPE_DIFFERS: "file.type", "Art. 11", Error,
        "文件的实际类型与名称或声明的类型不符", "the file is of another type than its name or declared type says";
    ACTIVE_CONTENT: "file.active", "Art. 16", Error,
        "文件含有脚本、宏、链接或多媒体等活动内容", "the file has scripts, macros, links or media in it";
    SIGNATURE_UNREACHED: "file.signature_unreached", "GB/T 33190", Error,
        "文件中有签名的残余部分，但没有通往它的引用", "parts of a signature lie in the file and nothing leads to them";
    CHANGED_AFTER_SIGNING: "file.changed_after_signing", "GM/T 0112", Warning,
        "签名之后文件又被追加修改", "the file was changed by appending to it after it was signed";
    OLDER_VERSIONS: "file.older_versions", "GB/T 33190", Warning,
        "文件中保留了旧版本", "older versions of the document lie in the file";
    HIDDEN_TEXT: "file.hidden_text", "Art. 16", Warning,
        "页面上有看不见的文字", "a page has text that nobody sees";
    PART_MISSING: "file.part_missing", "GB/T 33190", Warning,
        "文件引用的组成部分不存在", "a part that the file names is missing";
    PATH_CASE: "file.path_case", "GB/T 33190", Note,
        "文件内路径的大小写不一致", "a path in the file differs from its entry in letter case";
    PACKAGE_INTEGRITY: "file.package_integrity", "GM/T 0099", Note,
        "文件带有整包完整性签名，尚未验证",
        "the file has a signature over the whole package, which is not verified yet";
    PAGE_SIZE: "page.size", "GB/T 9704-2012 5.1", Error,
        "页面幅面应为 A4（210 mm × 297 mm）", "the page is to be A4 (210 mm × 297 mm)";
    PAGE_MARGINS: "page.margins", "GB/T 9704-2012 5.2.1", Warning,
        "文字超出版心（156 mm × 225 mm）", "text lies outside the type area (156 mm × 225 mm)";
    PAGE_NUMBER: "page.number", "GB/T 9704-2012 7.5", Warning,
        "页码应为一字线之间的阿拉伯数字并与页序一致",
        "the page's number is to stand between dashes and follow the order of the pages";
    TEXT_SIZE: "text.size", "GB/T 9704-2012 5.2.2", Warning,
        "正文字号应为 3 号（16 磅）", "the text is to be of size 3 (16 points)";
    HEAD_ISSUER: "head.issuer", "GB/T 9704-2012 7.2.4", Warning,
        "首页未见发文机关标志", "the first page does not show the issuer's name";
    HEAD_REFERENCE: "head.reference", "GB/T 9704-2012 7.2.5", Warning,
        "首页未见发文字号", "the first page does not show a document number";
    REFERENCE_FORM: "head.reference_form", "GB/T 9704-2012 7.2.5", Error,
        "发文字号的年份应标全称并用六角括号，序号不加“第”、不编虚位",
        "the number has its year in full in 〔〕 and no 第 or leading zero";
    HEAD_LINE: "head.line", "GB/T 9704-2012 7.2.7", Warning,
        "发文字号之下应有与版心等宽的红色分隔线", "a red line as wide as the type area stands under the number";
    TITLE: "body.title", "GB/T 9704-2012 7.3.1", Warning,
        "首页未见标题", "the first page does not show a title";
    RECIPIENT: "body.recipient", "GB/T 9704-2012 7.3.2", Note,
        "未见以全角冒号结尾的主送机关", "no main recipient that ends with a full-width colon is seen";
    DATE: "body.date", "GB/T 9704-2012 7.3.5", Warning,
        "未见成文日期", "no date of the document is seen";
    DATE_FORM: "body.date_form", "GB/T 9704-2012 7.3.5", Error,
        "成文日期应用阿拉伯数字，年份标全称，月、日不编虚位",
        "the date has Arabic figures, the year in full and no leading zeros";
    ATTACHMENT_NOTE: "body.attachment_note", "GB/T 9704-2012 7.3.4", Warning,
        "附件说明中附件名称后不加标点符号", "the names in the list of attachments have no punctuation after them";
    ISSUED: "foot.issued", "GB/T 9704-2012 7.4.3", Note,
        "未见印发机关和印发日期", "the issuing office and the date of issue are not seen at the end";
    TITLE_DIFFERS: "label.title", "Art. 11", Error,
        "文件中的标题与登记的标题不一致", "the title in the file differs from the one declared";
    REFERENCE_DIFFERS: "label.reference", "Art. 11", Error,
        "文件中的发文字号与登记的不一致", "the document number in the file differs from the one declared";
    LEVEL_NOT_SHOWN: "label.level", "GB/T 9704-2012 7.2.2", Warning,
        "登记有密级，文件上未标注密级", "a level is declared, and the file does not show it";
    URGENCY_DIFFERS: "label.urgency", "GB/T 9704-2012 7.2.3", Warning,
        "文件上的紧急程度与登记的不一致", "the urgency in the file differs from the one declared";
    ATTACHMENTS_DIFFER: "label.attachments", "GB/T 9704-2012 7.3.7", Error,
        "附件说明所列附件与实际所附不一致",
        "the attachments listed in the document and those that are there differ";
}
