//! The authority's acts at the desk, through the REST interface.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use yichuan_unit::home::Home;
use yichuan_xtask::Office;
use yichuan_xtask::installation::{PASSWORD, fixture, text};

use super::{Browser, Served};
use crate::stage::{Stage, contains, everything};

/// An installation in whose first office somebody of the authority sits.
fn staged() -> (Stage, Office) {
    let stage = Stage::new("tcp");
    let office = stage.sender().clone();
    stage.open_accounts(&office, &[("dc01", "authority", "p-wu")]);
    (stage, office)
}

/// The office's desk, with the authority's home.
fn served(stage: &Stage, office: &Office) -> Served {
    let home = stage.installation.authority();
    Served::with(&office.home, &["--authority", text(&home).unwrap()])
}

impl Browser<'_> {
    /// Has the officer sign a plan.
    fn plan(&self, plan: &Value) -> Value {
        let body = json!({ "plan": plan, "password": PASSWORD });
        self.post("/authority/plan", &body)
    }

    /// Submits what waits, once the exchange is reached.
    fn submit(&self) -> Value {
        let since = Instant::now();
        loop {
            let answer = self.ask("POST", "/authority/submit", None);
            if answer.status != 503 || since.elapsed() > Duration::from_secs(30) {
                assert_eq!(answer.status, 200, "{}", answer.text());
                return answer.json();
            }
            std::thread::park_timeout(Duration::from_millis(200));
        }
    }

    fn uploaded(&self, file: &Path) -> String {
        self.upload(file)["id"].as_str().unwrap().to_owned()
    }

    fn waiting(&self) -> usize {
        let state = self.get("/authority");
        state["to_submit"].as_array().unwrap().len()
    }
}

fn account(unit: &str, letters: &str, role: &str, person: &str) -> Value {
    json!({
        "id": format!("{unit}-{letters}"),
        "person": person,
        "post": "科员",
        "roles": [role],
        "devices": [format!("{unit}-pc01")],
    })
}

/// A unit with a computer and everybody who sends, and their tickets.
fn new_unit(code: &str) -> Value {
    let people = [
        ("gl01", "manage", "p-he"),
        ("fs01", "send", "p-lu"),
        ("sp01", "approve", "p-shi"),
        ("yz01", "seal", "p-kong"),
    ];
    let device = format!("{code}-pc01");
    let accounts = people.map(|(letters, role, person)| account(code, letters, role, person));
    let tickets = people.map(|(letters, ..)| {
        json!({ "account": format!("{code}-{letters}"), "device": device, "valid_hours": 72 })
    });
    let cards = people.map(|(_, _, person)| {
        json!({ "id": person, "name": "何某", "office_phone": "0000-1", "mobile": "000-1" })
    });
    json!({
        "units": [{ "code": code, "name": "绿原县人民政府", "parent": "513200-zfb" }],
        "devices": [{ "id": device, "responsible": "p-he", "label": "机要室一号机" }],
        "accounts": accounts,
        "tickets": tickets,
        "people": cards,
    })
}

/// The custodian's request, as a file.
fn seal_request(stage: &Stage, office: &Office, name: &str) -> std::path::PathBuf {
    let request = stage.installation.folder.join(name);
    let arguments = ["seal-request", "--out", text(&request).unwrap()];
    stage.json(office, "yz01", &arguments);
    request
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one unit, from its opening to its first document"
)]
fn an_authority_opens_a_unit_and_issues_its_seal_and_the_unit_sends() {
    let (stage, office) = staged();
    let own = served(&stage, &office);
    let officer = own.sign_in(&office, "dc01");
    assert_eq!(officer.get("/authority")["here"], true);
    let code = "513204-zf";
    let plan = new_unit(code);
    let checked = officer.ask("POST", "/authority/plan/check", Some(&plan));
    assert_eq!(checked.status, 204, "{}", checked.text());
    let signed = officer.plan(&plan);
    assert_eq!(signed["acts"].as_array().unwrap().len(), 2, "{signed}");
    assert!(signed["acts"][0]["state"] == "to-submit", "{signed}");
    let tickets = signed["tickets"].as_array().unwrap();
    assert_eq!(tickets.len(), 4);

    // Signing asked no network: the exchange knows nothing of it, and takes it once.
    assert_eq!(officer.waiting(), 2);
    let done = officer.submit();
    assert_eq!(done["items"].as_array().unwrap().len(), 2, "{done}");
    assert_eq!(officer.submit()["items"], json!([]));
    assert_eq!(officer.waiting(), 0);
    let acts = officer.get("/authority/acts?limit=2");
    assert_eq!(acts["items"][0]["state"], "recorded", "{acts}");

    // Tickets stand in no file, and nobody can ask for them again.
    let kept = [
        everything(&stage.installation.authority()),
        everything(&office.home),
    ];
    for ticket in tickets {
        let ticket = ticket["ticket"].as_str().unwrap();
        assert!(!kept.iter().any(|kept| contains(kept, ticket)));
    }

    let new = Office {
        code: "513204-zf",
        name: "绿原县人民政府",
        home: stage.installation.folder.join("new"),
        accounts: &[],
    };
    for ticket in tickets {
        let ticket = ticket["ticket"].as_str().unwrap();
        stage.installation.enrol(&new.home, ticket).unwrap();
    }
    stage.json(&new, "gl01", &["unit-key", "create"]);
    let people = stage.json(&new, "gl01", &["people", code]);
    assert!(people.to_string().contains("何某"), "{people}");

    // The seal: a picture that is none tells everything that is wrong with it.
    let request = officer.uploaded(&seal_request(&stage, &new, "new.request"));
    let picture = officer.uploaded(&fixture("seal-qingshi.png"));
    let judged = |picture: &str, level: &str| {
        let asked = json!({ "request": request, "picture": picture, "level": level });
        officer.post("/authority/seals/check", &asked)
    };
    let good = judged(&picture, "inner");
    assert_eq!(good["custodian"], format!("{code}-yz01"), "{good}");
    assert_eq!(good["picture_faults"], json!([]), "{good}");
    assert_eq!(good["electronic"], true, "{good}");
    let wrong = judged(&picture, "state-council");
    assert_eq!(wrong["picture_faults"].as_array().unwrap().len(), 1);
    let none = officer.uploaded(&fixture("notice.pdf"));
    assert_eq!(
        judged(&none, "inner")["picture_faults"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let seal = |request: &str, level: &str| {
        json!({
            "id": format!("{code}-seal01"), "name": "绿原县人民政府公章", "request": request,
            "picture": picture, "level": level, "devices": [format!("{code}-pc01")],
            "valid_days": 1825, "password": PASSWORD,
        })
    };
    let refused = officer.refused("/authority/seals", &seal(&request, "state-council"), 422);
    assert_eq!(refused["code"], "picture", "{refused}");
    assert_eq!(refused["lines"].as_array().unwrap().len(), 1, "{refused}");
    let refused = officer.refused("/authority/seals", &seal(&none, "inner"), 422);
    assert_eq!(refused["code"], "not-a-request", "{refused}");
    officer.post("/authority/seals", &seal(&request, "inner"));
    officer.submit();

    // The new unit sends its first document, sealed.
    let (meta, file) = (fixture("notice.json"), fixture("notice.ofd"));
    let meta = text(&meta).unwrap();
    let compose = [
        "compose",
        "--meta",
        meta,
        "--to",
        "513201-zf",
        text(&file).unwrap(),
    ];
    let composed = stage.json(&new, "fs01", &compose);
    let id = composed["id"].as_str().unwrap();
    for (letters, command) in [("fs01", "submit"), ("sp01", "approve"), ("yz01", "seal")] {
        stage.json(&new, letters, &[command, id]);
    }
    let recipient = stage.recipient(1);
    stage.json(recipient, "js01", &["fetch", id]);
    stage.json(recipient, "js01", &["sign", id]);
    stage.proves(&new, "fs01", id);
    stage.roster_is_valid();
}

#[test]
fn g5_nobody_signs_without_the_role_and_the_officers_password() {
    let (stage, office) = staged();
    let own = served(&stage, &office);
    let clerk = own.sign_in(&office, "fs01");
    let signing = json!({ "to": "suspended", "password": PASSWORD });
    for (method, path) in [
        ("GET", "/authority"),
        ("GET", "/authority/acts"),
        ("GET", "/authority/acts/0001.act"),
        ("GET", "/authority/policy"),
        ("POST", "/authority/submit"),
        ("POST", "/authority/sync"),
        ("DELETE", "/authority/pending/0001-a.act"),
    ] {
        let answer = clerk.ask(method, path, None);
        assert_eq!(answer.status, 403, "{method} {path}: {}", answer.text());
        assert_eq!(answer.json()["code"], "no-standing", "{path}");
    }
    let lock = "/authority/accounts/513201-zf-js01/status";
    clerk.refused(lock, &signing, 403);
    clerk.refused("/authority/plan/check", &new_unit("513204-zf"), 403);
    assert!(!clerk.get("/me")["acts"].to_string().contains("authority"));

    let officer = own.sign_in(&office, "dc01");
    let before = officer.get("/authority")["acts"].clone();
    let wrong = json!({ "to": "suspended", "password": "Show-case-2" });
    for _ in 0..5 {
        let problem = officer.refused(lock, &wrong, 401);
        assert_eq!(problem["code"], "wrong-password", "{problem}");
        assert!(problem["title"].as_str().unwrap().contains("签发人"));
    }
    // Wrong ones in a row make the next one wait, longer each time, and the seat goes on.
    let tries = (0..10).map(|_| officer.ask("POST", lock, Some(&wrong)));
    let waits = tries.map(|answer| (answer.status, answer.json()));
    let (_, problem) = waits
        .into_iter()
        .find(|(status, _)| *status == 429)
        .unwrap();
    assert_eq!(problem["code"], "too-many-tries", "{problem}");
    assert!(problem["retry_after_seconds"].as_u64().unwrap() >= 1);
    assert_eq!(
        officer.get("/authority")["acts"],
        before,
        "nothing was signed"
    );
    for name in ["..%2Fofficer.key", "officer.key", "%2e%2e", "x.act"] {
        let answer = officer.ask("GET", &format!("/authority/acts/{name}"), None);
        assert_eq!(answer.status, 404, "{name}");
        let answer = officer.ask("DELETE", &format!("/authority/pending/{name}"), None);
        assert_eq!(answer.status, 404, "{name}");
    }

    // Where no authority's home is, nothing is signed, and the page can say so.
    let plain = Served::of(&office.home);
    let nowhere = plain.sign_in(&office, "dc01");
    assert_eq!(nowhere.get("/authority")["here"], false);
    let problem = nowhere.refused(lock, &signing, 409);
    assert_eq!(problem["code"], "no-authority", "{problem}");
}

#[test]
fn what_was_signed_without_the_exchange_waits_and_is_submitted_once() {
    let (mut stage, office) = staged();
    let own = served(&stage, &office);
    let officer = own.sign_in(&office, "dc01");
    stage.installation.stop().unwrap();
    let lock = "/authority/accounts/513201-zf-js01/status";
    let signing = json!({ "to": "suspended", "password": PASSWORD });
    let signed = officer.post(lock, &signing);
    assert_eq!(signed["acts"][0]["state"], "to-submit", "{signed}");
    let problem = officer.refused("/authority/submit", &json!({}), 503);
    assert_eq!(problem["code"], "away");
    assert_eq!(officer.waiting(), 1);
    // The same once more changes nothing, and says so.
    let problem = officer.refused(lock, &signing, 409);
    assert_eq!(problem["code"], "already-so", "{problem}");
    stage.installation.start().unwrap();
    let done = officer.submit();
    assert_eq!(done["items"].as_array().unwrap().len(), 1, "{done}");
    assert_eq!(officer.submit()["items"], json!([]));
    let (_, message) = stage.refused(stage.recipient(1), "js01", &["inbox"]);
    assert!(message.contains("YC-0205"), "{message}");

    // A command at work on the authority's home is waited for, and told.
    let authority = stage.installation.authority();
    let held = Home::take(&authority, "authority sign").unwrap();
    let unlock = json!({ "to": "active", "password": PASSWORD });
    let problem = officer.refused(lock, &unlock, 503);
    assert_eq!(problem["code"], "busy", "{problem}");
    drop(held);
    officer.post(lock, &unlock);

    // What a command signed meanwhile is known here, and submitted with the rest, in order.
    let person = [
        "--json",
        "authority",
        "sign",
        "person",
        "--id",
        "p-liu",
        "--name",
        "刘某",
        "--office-phone",
        "1",
        "--mobile",
        "2",
    ];
    let programs = &stage.installation.programs;
    programs.good(&authority, PASSWORD, &person).unwrap();
    assert_eq!(officer.waiting(), 2);
    let done = officer.submit();
    assert_eq!(done["items"].as_array().unwrap().len(), 2, "{done}");
    stage.json(stage.recipient(1), "js01", &["inbox"]);
    stage.roster_is_valid();
}

#[test]
#[expect(clippy::too_many_lines, reason = "every act once")]
fn every_act_of_the_authority_can_be_signed_at_the_desk() {
    let (stage, office) = staged();
    let own = served(&stage, &office);
    let officer = own.sign_in(&office, "dc01");
    let with = |more: Value| {
        let mut body = json!({ "password": PASSWORD });
        for (key, value) in more.as_object().unwrap() {
            body[key] = value.clone();
        }
        body
    };
    let units = |name: &str| json!({ "units": [{ "code": "513205-zf", "name": name }] });
    // A name that looks like another one's is compared first, and allowed for this unit alone.
    let problem = officer.refused("/authority/plan/check", &units("靑石县人民政府"), 409);
    assert_eq!(problem["code"], "look-alike", "{problem}");
    let mut compared = units("靑石县人民政府");
    compared["look_alikes"] = json!(["513205-zf"]);
    officer.plan(&compared);
    officer.plan(&units("红岩县人民政府"));
    officer.submit();
    let found = officer.get("/roster/units?q=%E7%BA%A2%E5%B2%A9");
    assert_eq!(found["total"], 1, "{found}");

    // A list: one bad line, and nothing is signed; each look-alike is allowed by itself.
    let list = stage.installation.folder.join("units.csv");
    let lines = "单位代码,单位名称,上级\n513205-jyj,红岩县教育局,513205-zf\n\
                 513205-jyx,红岩县教育局,513205-zf\n";
    fs::write(&list, lines).unwrap();
    let file = officer.uploaded(&list);
    let mut listed = json!({ "file": file });
    let judged = officer.post("/authority/import/check", &listed);
    assert_eq!(
        (&judged["opened"], &judged["refused"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(judged["told"][0]["faults"][0]["code"], "look-alike");
    let import = |listed: &Value| with(json!({ "list": listed }));
    officer.refused("/authority/import", &import(&listed), 422);
    listed["look_alikes"] = json!(["513205-jyx"]);
    officer.post("/authority/import", &import(&listed));
    officer.submit();
    for bad in ["notice.pdf", "seal-office.png"] {
        let file = officer.uploaded(&fixture(bad));
        let problem = officer.refused("/authority/import/check", &json!({ "file": file }), 422);
        assert_eq!(problem["code"], "list", "{bad}: {problem}");
    }

    // Units end in three ways.
    let merge = with(json!({ "successor": "513205-jyj" }));
    officer.post("/authority/units/513205-jyx/close", &merge);
    let problem = officer.refused("/authority/units/513205-zf/close", &with(json!({})), 409);
    assert!(problem.to_string().contains("513205-jyj"), "{problem}");
    let split = with(json!({ "into": ["513201-zf", "513202-zf"] }));
    officer.post("/authority/units/513205-jyj/split", &split);
    officer.refused(
        "/authority/units/513205-zf/split",
        &with(json!({ "into": [] })),
        422,
    );
    officer.post("/authority/units/513205-zf/close", &with(json!({})));

    // Computers and accounts.
    let device = json!({ "devices": [{ "id": "513201-zf-pc02", "responsible": "p-li",
        "label": "二号机", "kind": "dedicated", "place": "机要室" }] });
    officer.plan(&device);
    let mut opened = account("513201-zf", "fs01", "send", "p-qin");
    opened["opens_up_to"] = json!("internal");
    officer.plan(&json!({ "accounts": [opened],
        "tickets": [{ "account": "513201-zf-fs01", "device": "513201-zf-pc01", "valid_hours": 1 }],
    }));
    let becomes = |to: &str| with(json!({ "to": to }));
    let status = "/authority/accounts/513201-zf-fs01/status";
    for to in ["suspended", "active", "closed"] {
        officer.post(status, &becomes(to));
    }
    officer.refused(status, &becomes("gone"), 422);
    officer.post(
        "/authority/devices/513201-zf-pc02/withdraw",
        &with(json!({})),
    );
    let unknown = "/authority/devices/513201-zf-pc77/withdraw";
    officer.refused(unknown, &with(json!({})), 422);

    // The seal of the office.
    let seal = "/authority/seals/513200-zfb-seal01";
    officer.post(&format!("{seal}/status"), &becomes("suspended"));
    officer.post(&format!("{seal}/status"), &becomes("active"));
    let request = officer.uploaded(&seal_request(&stage, &office, "again.request"));
    let replaced = with(json!({ "request": request, "devices": ["513200-zfb-pc01"] }));
    officer.post(&format!("{seal}/replace"), &replaced);
    officer.post(&format!("{seal}/status"), &becomes("closed"));
    officer.submit();

    // The rules: as they are, with working time, and back with everything that was said.
    let mut rules = officer.get("/authority/policy");
    rules["calendar"] = json!("utc_offset = \"+08:00\"\nhours = [\"9-12\"]\nweekdays = [\"mon\"]");
    let set = |rules: &Value| with(json!({ "rules": rules }));
    let problem = officer.refused("/authority/policy", &set(&rules), 422);
    assert_eq!(problem["code"], "rules", "{problem}");
    assert!(problem["lines"][0].as_str().unwrap().contains("9-12"));
    rules["calendar"] =
        json!("utc_offset = \"+08:00\"\nhours = [\"09:00-12:00\"]\nweekdays = [\"mon\", \"tue\"]");
    rules["reminders"] = json!("50:receivers,100:manager");
    rules["look_windows"] = json!("09:00-11:00");
    rules["password_days"] = json!(60);
    officer.post("/authority/policy", &set(&rules));
    let kept = officer.get("/authority/policy");
    for rule in ["reminders", "look_windows", "password_days"] {
        assert_eq!(kept[rule], rules[rule], "{kept}");
    }
    officer.post("/authority/policy", &set(&kept));
    rules["due_minutes"] = json!([999, 480, 240, 120, 60]);
    officer.refused("/authority/policy", &set(&rules), 409);
    rules["ceiling"] = json!("top-secret");
    officer.refused("/authority/policy", &set(&rules), 422);

    // Time is confirmed by whoever looked at a clock that is right.
    let now = jiff::Timestamp::now().to_string();
    officer.post("/authority/time", &with(json!({ "at": now })));
    let odd = with(json!({ "at": now, "annul": ["1-2"] }));
    officer.refused("/authority/time", &odd, 422);
    officer.submit();
    assert_eq!(officer.get("/authority")["pending"], json!([]));
    stage.roster_is_valid();
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one act, from the first hand to the last"
)]
fn g5_an_act_that_two_officers_sign_goes_from_desk_to_desk() {
    let (stage, office) = staged();
    stage.open_accounts(&office, &[("dc02", "authority", "p-xu")]);
    let installation = &stage.installation;
    let second = installation.folder.join("second-officer");
    let programs = &installation.programs;
    let at = |home: &Path, arguments: &[&str]| {
        let all = [&["--json", "authority"], arguments].concat();
        programs.good(home, PASSWORD, &all).unwrap().json().unwrap()
    };
    at(&second, &["key", "officer", "--person", "p-second"]);
    let request = second.join("officer.request");
    let sign = ["--json", "authority", "sign"];
    let certify = ["officer", "--request", text(&request).unwrap()];
    installation.sign(&[&sign[..], &certify].concat()).unwrap();
    installation
        .sign(&[&sign[..], &["quorum", "--others", "2"]].concat())
        .unwrap();
    let acts = installation.authority().join("acts");
    let mut acts: Vec<_> = fs::read_dir(acts)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    acts.sort();
    for act in &acts {
        at(&second, &["take", text(act).unwrap()]);
    }

    let own = served(&stage, &office);
    let officer = own.sign_in(&office, "dc01");
    officer.post("/authority/sync", &json!({}));
    let lock = "/authority/accounts/513201-zf-js01/status";
    let signed = officer.post(lock, &json!({ "to": "suspended", "password": PASSWORD }));
    let act = &signed["acts"][0];
    assert_eq!(
        (&act["state"], &act["missing"]),
        (&json!("incomplete"), &json!(1))
    );
    let state = officer.get("/authority");
    assert_eq!(state["to_submit"], json!([]), "it does not count yet");
    let name = state["pending"][0]["file"].as_str().unwrap().to_owned();
    let bytes = officer.ask("GET", &format!("/authority/acts/{name}"), None);
    assert_eq!(bytes.status, 200);
    let file = installation.folder.join("to-cosign.act");
    fs::write(&file, &bytes.body).unwrap();

    // Incomplete, it is not taken in; the other officer signs it at another desk.
    let early = officer.uploaded(&file);
    officer.refused("/authority/take", &json!({ "file": early }), 409);
    let other = Served::with(&office.home, &["--authority", text(&second).unwrap()]);
    let colleague = other.sign_in(&office, "dc02");
    let file = colleague.uploaded(&file);
    let told = colleague.post("/authority/look", &json!({ "file": file }));
    assert_eq!(told["records"][0]["id"], "513201-zf-js01", "{told}");
    let wrong = json!({ "file": file, "password": "Show-case-2" });
    colleague.refused("/authority/cosign", &wrong, 401);
    let right = json!({ "file": file, "password": PASSWORD });
    let done = colleague.post("/authority/cosign", &right);
    assert_eq!(
        (&done["added"], &done["act"]["missing"]),
        (&json!(true), &json!(0))
    );
    let complete = colleague.ask("GET", &format!("/files/{file}/content"), None);
    let path = installation.folder.join("complete.act");
    fs::write(&path, &complete.body).unwrap();

    let complete = officer.uploaded(&path);
    officer.post("/authority/take", &json!({ "file": complete }));
    assert_eq!(officer.get("/authority")["pending"], json!([]));
    assert_eq!(officer.submit()["items"].as_array().unwrap().len(), 1);
    // The other home has it too, and submits nothing twice.
    assert_eq!(colleague.submit()["items"], json!([]));
    // What nobody is to complete is discarded.
    officer.post(lock, &json!({ "to": "active", "password": PASSWORD }));
    let state = officer.get("/authority");
    let name = state["pending"][0]["file"].as_str().unwrap();
    let path = format!("/authority/pending/{name}");
    assert_eq!(officer.ask("DELETE", &path, None).status, 204);
    assert_eq!(officer.get("/authority")["pending"], json!([]));
    stage.roster_is_valid();
}
