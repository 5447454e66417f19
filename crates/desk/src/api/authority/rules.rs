//! The rules of the installation, and the authority's word about the time.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yichuan_document::roster::record::Policy;
use yichuan_unit::authority::{PASSWORD_DAYS, WrittenClocks, annulled, policy};
use yichuan_unit::lang::instant;

use super::{CEILINGS, Signed, Typed, at_authority, ceiling, opened, signed};
use crate::desk::Desk;
use crate::entry::{Entered, Sitting};
use crate::problem::Problem;

/// Every rule as it is written; what is not said is the default.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rules {
    /// A code of `ceilings`.
    ceiling: String,
    rule_set: u16,
    /// Minutes to sign for a document, by urgency from the least.
    due_minutes: Vec<u16>,
    password_days: u16,
    session_idle_minutes: Option<u16>,
    session_hours: Option<u16>,
    /// Working time (TOML); wall-clock time without it.
    calendar: Option<String>,
    /// Such as `50:receivers,100:manager`.
    reminders: Option<String>,
    inquiry_minutes: Option<u16>,
    /// Such as `09:00-11:00,14:00-16:00`.
    look_windows: Option<String>,
}

/// The rules, signed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RulesSigned {
    rules: Rules,
    /// The officer's password.
    #[schema(value_type = String)]
    password: Typed,
}

/// What the time is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TimeSet {
    /// Such as `2026-11-26 09:00:00`.
    at: String,
    /// Corrects the exchange's clock instead of confirming it.
    #[serde(default)]
    correct: bool,
    /// Overdue entries to annul, by log index, such as `104-110`.
    #[serde(default)]
    annul: Vec<String>,
    /// The officer's password.
    #[schema(value_type = String)]
    password: Typed,
}

impl Rules {
    fn of(policy: &Policy) -> Self {
        let clocks = policy.clocks.as_ref().map(WrittenClocks::from);
        let clocks = clocks.unwrap_or_default();
        Self {
            ceiling: ceiling(policy.ceiling).code,
            rule_set: policy.rule_set,
            due_minutes: policy.due_minutes.clone(),
            password_days: policy.password_days,
            session_idle_minutes: policy.session_idle_minutes,
            session_hours: policy.session_hours,
            calendar: clocks.calendar,
            reminders: clocks.reminders,
            inquiry_minutes: clocks.inquiry_minutes,
            look_windows: clocks.look_windows,
        }
    }

    fn policy(self) -> Result<Policy, Problem> {
        let said = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let clocks = WrittenClocks {
            calendar: said(self.calendar),
            // A table without a line reminds nobody, which is not the same as saying nothing.
            reminders: self.reminders,
            inquiry_minutes: self.inquiry_minutes,
            look_windows: said(self.look_windows),
        };
        let meant = CEILINGS.into_iter();
        let meant = meant.zip(CEILINGS.map(|it| ceiling(it).code));
        let meant = meant.filter(|(_, code)| *code == self.ceiling);
        let highest = meant.map(|(it, _)| it).next();
        let highest =
            highest.ok_or_else(|| Problem::entry(format!("ceiling: {:?}", self.ceiling)))?;
        Ok(Policy {
            session_idle_minutes: self.session_idle_minutes,
            session_hours: self.session_hours,
            clocks: clocks.clocks()?,
            ..policy(
                highest,
                self.rule_set,
                &self.due_minutes,
                self.password_days,
            )
        })
    }
}

/// The rules as they are, to be changed
#[utoipa::path(get, path = "/api/v1/authority/policy", tag = "authority",
    responses((status = 200, body = Rules)))]
pub(crate) async fn present(
    State(desk): State<Arc<Desk>>,
    sitting: Sitting,
) -> Result<Json<Rules>, Problem> {
    let rules = at_authority(desk, &sitting, async |at, folder| {
        let authority = opened(at, folder)?;
        let present = authority.roster().policy();
        let first = || policy(CEILINGS[2], 1, &[480, 480, 240, 120, 60], PASSWORD_DAYS);
        Ok(Rules::of(&present.unwrap_or_else(first)))
    });
    Ok(Json(rules.await?))
}

/// Sets all rules
#[utoipa::path(post, path = "/api/v1/authority/policy", tag = "authority",
    request_body = RulesSigned, responses((status = 200, body = Signed)))]
pub(crate) async fn set(
    State(desk): State<Arc<Desk>>,
    sitting: Sitting,
    Entered(entered): Entered<RulesSigned>,
) -> Result<Json<Signed>, Problem> {
    let rules = entered.rules.policy()?;
    signed(
        desk,
        &sitting,
        entered.password,
        move |authority, password| Ok(authority.set_policy(&rules, password)?.into()),
    )
    .await
}

/// Confirms or corrects the exchange's time
#[utoipa::path(post, path = "/api/v1/authority/time", tag = "authority",
    request_body = TimeSet, responses((status = 200, body = Signed)))]
pub(crate) async fn set_time(
    State(desk): State<Arc<Desk>>,
    sitting: Sitting,
    Entered(entered): Entered<TimeSet>,
) -> Result<Json<Signed>, Problem> {
    let at = instant(&entered.at).ok_or_else(|| Problem::entry(format!("at: {:?}", entered.at)))?;
    if !entered.correct && !entered.annul.is_empty() {
        return Err(Problem::entry("annul"));
    }
    let spans = annulled(&entered.annul).ok_or_else(|| Problem::entry("annul"))?;
    let correct = entered.correct;
    signed(
        desk,
        &sitting,
        entered.password,
        move |authority, password| Ok(authority.set_time(at, correct, spans, password)?.into()),
    )
    .await
}
