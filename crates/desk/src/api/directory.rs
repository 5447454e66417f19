//! The units and their people, found by name, code or sound.

use axum::Json;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use pinyin::ToPinyin as _;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use yichuan_document::UnitCode;
use yichuan_document::roster::Roster;
use yichuan_document::roster::record::{Status, Unit as Record};

use super::me::roster;
use crate::entry::{Entered, Sitting};
use crate::kept;
use crate::problem::Problem;
use crate::words::{Coded, Items};

/// The most units that a search gives.
const FOUND_MAX: usize = 50;
/// The most groups of an account, and units of one.
const GROUPS_MAX: (usize, usize) = (200, 1_000);

/// A unit.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Unit {
    code: String,
    name: String,
    parent: Option<String>,
    active: bool,
    /// Whether it has a key, so that documents can be sent to it.
    ready: bool,
    own: bool,
    world: Option<&'static str>,
    /// The first letters of its name's sounds.
    pinyin: String,
    /// Its name's sounds.
    pinyin_full: String,
}

/// Somebody of a unit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Somebody {
    account: String,
    /// Whose account it is now.
    person: String,
    name: Option<String>,
    post: String,
    roles: Vec<Coded>,
    office_phone: Option<String>,
    mobile: Option<String>,
}

/// Units that somebody often sends to together.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Group {
    name: String,
    units: Vec<String>,
}

/// What is sought.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Sought {
    /// A part of the name, the code or the sounds.
    q: String,
}

/// All units.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Directory {
    units: Vec<Unit>,
}

/// The groups of an account.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Groups {
    items: Vec<Group>,
}

fn sounds(name: &str) -> (String, String) {
    let (mut first, mut full) = (String::new(), String::new());
    for (sign, sound) in name.chars().zip(name.to_pinyin()) {
        match sound {
            Some(sound) => {
                first.push_str(sound.first_letter());
                full.push_str(sound.plain());
            }
            None if sign.is_ascii_alphanumeric() => {
                first.push(sign.to_ascii_lowercase());
                full.push(sign.to_ascii_lowercase());
            }
            None => {}
        }
    }
    (first, full)
}

fn units(roster: &Roster, own: &UnitCode) -> Vec<Unit> {
    let unit = |(code, record): (&str, Record)| {
        let parsed: Option<UnitCode> = code.parse().ok();
        let (pinyin, pinyin_full) = sounds(&record.name);
        Unit {
            ready: parsed
                .as_ref()
                .is_some_and(|code| roster.unit_key(code).is_some()),
            own: parsed.as_ref() == Some(own),
            code: code.to_owned(),
            name: record.name,
            parent: record.parent.map(|parent| parent.to_string()),
            active: record.status == Status::Active,
            world: record.world.map(|_| "training"),
            pinyin,
            pinyin_full,
        }
    };
    roster.all::<Record>().map(unit).collect()
}

async fn all(sitting: &Sitting) -> Result<Vec<Unit>, Problem> {
    let found = sitting.act(async |at| {
        let roster = roster(at).await?;
        Ok(units(&roster, &at.held.unlocked.account.unit()))
    });
    found.await
}

/// All units
#[utoipa::path(get, path = "/api/v1/directory", tag = "directory",
    responses((status = 200, body = Directory)))]
pub(crate) async fn directory(sitting: Sitting) -> Result<Json<Directory>, Problem> {
    let units = all(&sitting).await?;
    Ok(Json(Directory { units }))
}

/// How well a unit fits: the less the better; none where it does not.
fn fit(unit: &Unit, sought: &str) -> Option<u8> {
    let sound: String = sought.chars().filter(|sign| *sign != ' ').collect();
    let cases = [
        (unit.code == sought || unit.name == sought, 0),
        (
            unit.name.starts_with(sought) || unit.code.starts_with(sought),
            1,
        ),
        (unit.pinyin.starts_with(&sound), 2),
        (unit.pinyin_full.starts_with(&sound), 3),
        (unit.name.contains(sought) || unit.code.contains(sought), 4),
        (
            unit.pinyin.contains(&sound) || unit.pinyin_full.contains(&sound),
            5,
        ),
    ];
    cases.into_iter().find(|case| case.0).map(|case| case.1)
}

fn found(units: Vec<Unit>, sought: &str) -> Vec<Unit> {
    let sought = sought.trim().to_lowercase();
    if sought.is_empty() {
        return Vec::new();
    }
    let fits = units.into_iter();
    let mut fits: Vec<(u8, Unit)> = fits
        .filter_map(|unit| Some((fit(&unit, &sought)?, unit)))
        .collect();
    fits.sort_by(|one, other| {
        (one.0, !one.1.active, &one.1.code).cmp(&(other.0, !other.1.active, &other.1.code))
    });
    fits.truncate(FOUND_MAX);
    fits.into_iter().map(|(_, unit)| unit).collect()
}

/// Units by name, code or sound
#[utoipa::path(get, path = "/api/v1/directory/search", tag = "directory", params(Sought),
    responses((status = 200, body = Items<Unit>)))]
pub(crate) async fn search(
    sitting: Sitting,
    Query(sought): Query<Sought>,
) -> Result<Json<Items<Unit>>, Problem> {
    let items = found(all(&sitting).await?, &sought.q);
    Ok(Json(Items { items }))
}

/// The people of a unit
#[utoipa::path(get, path = "/api/v1/directory/units/{code}/people", tag = "directory",
    params(("code" = String, Path)), responses((status = 200, body = Items<Somebody>)))]
pub(crate) async fn people(
    sitting: Sitting,
    Path(code): Path<String>,
) -> Result<Json<Items<Somebody>>, Problem> {
    let unit: UnitCode = code.parse().map_err(|_| Problem::not_found())?;
    let people = sitting.act(async move |at| Ok(at.session().await?.people(&unit).await?));
    let somebody = |listed: yichuan_unit::office::people::Listed| Somebody {
        account: listed.id.to_string(),
        person: listed.account.person.to_string(),
        post: listed.account.post,
        roles: sitting.say(|| {
            let roles = listed.account.roles.iter();
            roles.map(|role| Coded::new(role.zh(), role.en())).collect()
        }),
        name: listed.card.as_ref().map(|card| card.name.clone()),
        office_phone: listed.card.as_ref().map(|card| card.office_phone.clone()),
        mobile: listed.card.map(|card| card.mobile),
    };
    let items = people.await?.into_iter().map(somebody).collect();
    Ok(Json(Items { items }))
}

/// The groups of this account
#[utoipa::path(get, path = "/api/v1/directory/groups", tag = "directory",
    responses((status = 200, body = Groups)))]
pub(crate) async fn groups(sitting: Sitting) -> Result<Json<Groups>, Problem> {
    let items = sitting.act(async |at| Ok(kept::read(at, kept::GROUPS)?.unwrap_or_default()));
    Ok(Json(Groups {
        items: items.await?,
    }))
}

/// Puts the groups of this account in place of those that were
#[utoipa::path(put, path = "/api/v1/directory/groups", tag = "directory", request_body = Groups,
    responses((status = 204)))]
pub(crate) async fn set_groups(
    sitting: Sitting,
    Entered(groups): Entered<Groups>,
) -> Result<StatusCode, Problem> {
    let items = groups.items;
    let sizes = items.iter().map(|group| group.units.len());
    if items.len() > GROUPS_MAX.0 || sizes.max().unwrap_or(0) > GROUPS_MAX.1 {
        return Err(Problem::entry("groups"));
    }
    let done = sitting.act(async move |at| kept::write(at, kept::GROUPS, &items));
    done.await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(code: &str, name: &str) -> Unit {
        let (pinyin, pinyin_full) = sounds(name);
        Unit {
            code: code.to_owned(),
            name: name.to_owned(),
            parent: None,
            active: true,
            ready: true,
            own: false,
            world: None,
            pinyin,
            pinyin_full,
        }
    }

    #[test]
    fn a_unit_is_found_by_name_code_and_sound() {
        let all = || {
            vec![
                unit("513201-zf", "青石县人民政府"),
                unit("513202-zf", "白河县人民政府"),
                unit("513200-daj", "云岭州档案局"),
            ]
        };
        let codes = |sought: &str| -> Vec<String> {
            found(all(), sought)
                .into_iter()
                .map(|unit| unit.code)
                .collect()
        };
        assert_eq!(codes("青石县"), ["513201-zf"]);
        assert_eq!(codes("513200"), ["513200-daj"]);
        assert_eq!(codes("qsx"), ["513201-zf"]);
        assert_eq!(codes("QingShi"), ["513201-zf"]);
        assert_eq!(codes("danganju"), ["513200-daj"]);
        assert_eq!(codes("bai he"), ["513202-zf"]);
        assert_eq!(codes("人民政府").len(), 2);
        assert!(codes("  ").is_empty() && codes("xyz").is_empty());
    }
}
