//! What happened in the world: sent, signed for, returned, recalled, late, and what still waits.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ZonedDateTime};

use crate::installation::text;
use crate::programs::Failure;
use crate::{Installation, Office};

use super::papers::{Paper, set};
use super::past::Past;

/// The rules that offices live by, and the shortest clock, with which a document is late today.
const USUAL: &str = "480,240,120,60,30";
const SHORTEST: &str = "480,240,120,1,1";

struct Teller<'i> {
    installation: &'i Installation,
    today: ZonedDateTime,
    typeset: bool,
}

impl Teller<'_> {
    fn office(&self, place: usize) -> &Office {
        &self.installation.offices[place]
    }

    fn does(&self, place: usize, letters: &str, arguments: &[&str]) -> Result<(), Failure> {
        self.installation
            .call(self.office(place), letters, arguments)
            .map(|_| ())
    }

    fn composes(
        &mut self,
        place: usize,
        paper: &Paper,
        (to, copy): (&str, &str),
        more: &[&str],
    ) -> Result<String, Failure> {
        let office = &self.installation.offices[place];
        let set = set(
            self.installation,
            office,
            paper,
            &self.today,
            &mut self.typeset,
        )?;
        let mut arguments = vec![
            "--json",
            "compose",
            "--meta",
            text(&set.meta)?,
            "--number",
            &set.number,
            "--print-quota",
            "2",
            "--to",
            to,
        ];
        if !copy.is_empty() {
            arguments.extend(["--cc", copy]);
        }
        arguments.extend(more);
        arguments.push(text(&set.file)?);
        let composed = self.installation.call(office, "fs01", &arguments)?.json()?;
        let id = composed["id"].as_str();
        let id = id.ok_or_else(|| Failure(format!("{}: no id", paper.title)))?;
        Ok(id.to_owned())
    }

    fn submits(
        &mut self,
        place: usize,
        paper: &Paper,
        to: (&str, &str),
        more: &[&str],
    ) -> Result<String, Failure> {
        let id = self.composes(place, paper, to, more)?;
        self.does(place, "fs01", &["submit", &id])?;
        Ok(id)
    }

    fn sends(
        &mut self,
        place: usize,
        paper: &Paper,
        to: (&str, &str),
        more: &[&str],
    ) -> Result<String, Failure> {
        let id = self.submits(place, paper, to, more)?;
        self.does(place, "sp01", &["approve", &id])?;
        self.does(place, "yz01", &["seal", &id])?;
        Ok(id)
    }

    fn receives(&self, place: usize, id: &str) -> Result<(), Failure> {
        self.does(place, "js01", &["fetch", id])?;
        self.does(place, "js01", &["sign", id])?;
        self.does(place, "js01", &["register", id])
    }

    /// Sets the rules; the last number is the minutes of the shortest clock.
    fn rules(&self, due: &str) -> Result<(), Failure> {
        let sign = ["--json", "authority", "sign", "policy"];
        let rules = ["--ceiling", "secret", "--due-minutes", due];
        let arguments = [sign.as_slice(), &rules].concat();
        self.installation.sign(&arguments).map(|_| ())
    }
}

/// How many hours ago the offices were opened.
pub(super) const FOUNDED: u32 = 7 * 24;

type Step = fn(&mut Teller<'_>) -> Result<(), Failure>;

/// What happened, and how many hours ago.
const STEPS: [(u32, &str, Step); 6] = [
    (6 * 24, "late", late),
    (3 * 24, "sent and answered", answered),
    (24, "recalled", recalled),
    (1, "from below", from_below),
    (1, "more time", more_time),
    (0, "waiting", waiting),
];

/// Makes the history, and says whether the documents could be typeset.
pub(super) fn make(
    installation: &mut Installation,
    past: &Past,
    tell: &mut dyn FnMut(&str),
) -> Result<bool, Failure> {
    let (mut typeset, mut before) = (true, FOUNDED);
    for (hours_ago, name, step) in STEPS {
        if hours_ago != before {
            past.go_on(installation, hours_ago)?;
            before = hours_ago;
        }
        let mut teller = Teller {
            installation,
            today: past.time(hours_ago).to_zoned_datetime(TimeZone::system()),
            typeset,
        };
        step(&mut teller)?;
        typeset = teller.typeset;
        tell(name);
    }
    Ok(typeset)
}

/// A document with a clock of one minute, which nobody answers.
fn late(teller: &mut Teller<'_>) -> Result<(), Failure> {
    teller.rules(SHORTEST)?;
    let paper = Paper {
        word: "云岭政办发电",
        serial: 9,
        title: "云岭州人民政府办公室关于立即启动低温雨雪冰冻灾害Ⅲ级应急响应的通知",
        kind: "通知",
        urgency: "特急",
        level: "公开",
        main: "白河县人民政府",
        body: "据州气象台预报，未来24小时白河县将出现强降雪。经研究，决定立即启动Ⅲ级应急响应。\n\
               一、加强值守\n请立即安排专人24小时值守，确保联络畅通。\n\
               二、及时报告\n灾情每两小时向州政府总值班室报告一次。",
    };
    teller.sends(0, &paper, ("513202-zf", ""), &[])?;
    teller.rules(USUAL)
}

fn answered(teller: &mut Teller<'_>) -> Result<(), Failure> {
    let paper = Paper {
        word: "云岭政办发",
        serial: 31,
        title: "云岭州人民政府办公室关于做好今冬明春森林草原防火工作的通知",
        kind: "通知",
        urgency: "加急",
        level: "公开",
        main: "青石县人民政府，白河县人民政府",
        body: "今冬明春气温偏高、降水偏少，森林草原防火形势严峻。现将有关事项通知如下：\n\
               一、压实责任\n各县人民政府主要负责同志是第一责任人。\n\
               二、管住火源\n严格野外用火审批，重点时段在进山路口设卡登记。\n\
               三、加强值班\n实行24小时值班和领导带班制度。",
    };
    let everybody = ("513201-zf,513202-zf", "513200-daj");
    let id = teller.sends(0, &paper, everybody, &[])?;
    teller.does(0, "fs01", &["inquire", &id])?;
    teller.receives(1, &id)?;
    let opinion = ["note", "add", &id, "--kind", "opinion", "--text"];
    let words = "拟由县林草局牵头落实，请分管副县长阅示。";
    teller.does(1, "js01", &[opinion.as_slice(), &[words]].concat())?;
    teller.does(2, "js01", &["fetch", &id])?;
    let why = "附件名单第2页缺字，请补正后重发";
    teller.does(2, "js01", &["return", &id, "--reason", "10", "--text", why])?;
    let paper = Paper {
        word: "云岭政办发",
        serial: 32,
        title: "云岭州人民政府办公室关于召开全州电子公文传输工作会议的通知",
        kind: "通知",
        urgency: "特急",
        level: "内部",
        main: "青石县人民政府，白河县人民政府，州档案局",
        body: "经州人民政府同意，定于下周三召开全州电子公文传输工作会议。\n\
               一、会议内容\n通报上半年收发文情况，部署年底归档工作。\n\
               二、参会人员\n各单位分管负责同志、文电工作人员各1名。",
    };
    let everybody = ("513201-zf,513202-zf,513200-daj", "");
    let id = teller.sends(0, &paper, everybody, &[])?;
    for place in 1..=3 {
        teller.receives(place, &id)?;
    }
    teller.does(0, "fs01", &["inquire", &id])?;
    Ok(())
}

fn recalled(teller: &mut Teller<'_>) -> Result<(), Failure> {
    let paper = Paper {
        word: "云岭政办发",
        serial: 33,
        title: "云岭州人民政府办公室关于调整部分议事协调机构组成人员的通知",
        kind: "通知",
        urgency: "无",
        level: "公开",
        main: "青石县人民政府，白河县人民政府",
        body: "因人事变动和工作需要，经州人民政府同意，对州防火指挥部等3个议事协调机构的组成人员\
               作相应调整。名单另发。",
    };
    let id = teller.sends(0, &paper, ("513201-zf,513202-zf", ""), &[])?;
    teller.does(1, "js01", &["fetch", &id])?;
    teller.does(0, "fs01", &["inquire", &id])?;
    let why = "名单有误，更正后另发";
    teller.does(0, "fs01", &["recall", &id, "--reason", "1", "--text", why])?;
    let paper = Paper {
        word: "云岭政办发",
        serial: 34,
        title: "云岭州人民政府办公室关于加强节日期间值班和信息报送工作的通知",
        kind: "通知",
        urgency: "平急",
        level: "公开",
        main: "青石县人民政府",
        body: "节日将至，请各单位严格执行24小时专人值班和领导在岗带班制度，重要情况第一时间报告。",
    };
    let id = teller.sends(0, &paper, ("513201-zf", ""), &[])?;
    teller.receives(1, &id)?;
    teller.does(0, "fs01", &["inquire", &id])?;
    teller.does(0, "fs01", &["supplement", &id, "--to", "513202-zf"])
}

fn from_below(teller: &mut Teller<'_>) -> Result<(), Failure> {
    let paper = Paper {
        word: "青石政",
        serial: 58,
        title: "青石县人民政府关于解决森林防火物资储备库建设资金的请示",
        kind: "请示",
        urgency: "加急",
        level: "内部",
        main: "云岭州人民政府办公室",
        body: "我县现有储备库建于2009年，库容不足。拟新建储备库一座，概算投资380万元，\
               县级已落实200万元，恳请州人民政府给予资金支持。\n妥否，请批示。",
    };
    teller.sends(1, &paper, ("513200-zfb", ""), &[])?;
    let paper = Paper {
        word: "白河政",
        serial: 41,
        title: "白河县人民政府关于秋粮收购进展情况的报告",
        kind: "报告",
        urgency: "无",
        level: "公开",
        main: "云岭州人民政府办公室",
        body: "截至本月20日，全县累计收购秋粮3.2万吨，完成计划的87%，未发生“打白条”现象。",
    };
    let id = teller.sends(2, &paper, ("513200-zfb", "513200-daj"), &[])?;
    teller.receives(0, &id)?;
    let opinion = ["note", "add", &id, "--kind", "opinion", "--text"];
    let words = "请财贸科阅研，情况可编入下期《政务信息》。";
    teller.does(0, "js01", &[opinion.as_slice(), &[words]].concat())?;
    let paper = Paper {
        word: "云岭档函",
        serial: 12,
        title: "云岭州档案局关于移交2016年度文书档案的函",
        kind: "函",
        urgency: "平急",
        level: "公开",
        main: "云岭州人民政府办公室，青石县人民政府",
        body: "按照《机关档案管理规定》，2016年度文书档案已到移交期限，请于下月15日前移交。",
    };
    let id = teller.sends(3, &paper, ("513200-zfb,513201-zf", ""), &[])?;
    teller.does(0, "js01", &["fetch", &id])
}

fn more_time(teller: &mut Teller<'_>) -> Result<(), Failure> {
    let paper = Paper {
        word: "云岭政办函",
        serial: 17,
        title: "云岭州人民政府办公室关于征求《云岭州档案管理办法（征求意见稿）》意见的函",
        kind: "函",
        urgency: "平急",
        level: "内部",
        main: "州档案局",
        body: "现将《云岭州档案管理办法（征求意见稿）》发给你局，请研究提出修改意见，\
               于本月底前书面反馈我办。",
    };
    let id = teller.sends(0, &paper, ("513200-daj", ""), &[])?;
    teller.does(3, "js01", &["fetch", &id])?;
    let until = Timestamp::now() + Span::new().hours(72);
    let until = until.to_zoned_datetime(TimeZone::system());
    let until = until.strftime("%Y-%m-%d %H:%M").to_string();
    let ask = ["extension", "ask", &id, "--until", &until, "--text"];
    let why = "须会同三个科室研究，请延至三日后反馈";
    teller.does(3, "js01", &[ask.as_slice(), &[why]].concat())
}

/// What waits in the first office: to be approved, sealed, corrected, submitted.
fn waiting(teller: &mut Teller<'_>) -> Result<(), Failure> {
    let mut paper = Paper {
        word: "云岭政办发",
        serial: 35,
        title: "云岭州人民政府办公室关于印发《云岭州政务信息工作考核办法》的通知",
        kind: "通知",
        urgency: "加急",
        level: "内部",
        main: "青石县人民政府，白河县人民政府，州档案局",
        body: "《云岭州政务信息工作考核办法》已经州人民政府同意，现印发给你们，请认真贯彻执行。",
    };
    let everybody = ("513201-zf,513202-zf,513200-daj", "");
    teller.submits(0, &paper, everybody, &[])?;
    paper.serial = 36;
    paper.title = "云岭州人民政府办公室关于开展安全生产大检查的通知";
    paper.body = "为深刻吸取近期事故教训，决定在全州范围内开展安全生产大检查，为期一个月。";
    paper.level = "公开";
    let id = teller.submits(0, &paper, everybody, &[])?;
    teller.does(0, "sp01", &["approve", &id])?;
    paper.serial = 37;
    paper.urgency = "平急";
    paper.title = "云岭州人民政府办公室关于规范会议费报销的通知";
    paper.body = "现就规范会议费报销有关事项通知如下：会议须事先报批，一会一结。";
    let id = teller.submits(0, &paper, ("513201-zf,513202-zf", ""), &[])?;
    let why = "第二段标准与财政规定不一致，请核对后重报";
    teller.does(0, "sp01", &["refuse", &id, "--reason", why])?;
    paper.serial = 38;
    paper.title = "云岭州人民政府办公室关于报送年度工作总结的通知";
    paper.body = "请各单位于下月10日前将本年度工作总结报州政府办公室。";
    teller.composes(0, &paper, ("513201-zf,513202-zf", ""), &[])?;
    Ok(())
}
