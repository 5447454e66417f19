//! The REST interface: every route, and the document that describes it (`OpenAPI` 3.1).

mod acts;
mod assigning;
mod authority;
mod compose;
mod directory;
mod documents;
mod drafts;
mod duty;
mod enrolling;
mod evidence;
mod files;
mod given;
mod hooks;
mod listed;
mod looking;
mod me;
mod meeting;
mod noting;
mod oa;
mod oversight;
mod own_seals;
mod permitting;
mod reading;
mod receiving;
mod registers;
mod reports;
mod roster;
mod security;
mod sending;
mod session;
mod settings;
mod staff;
mod unit_key;
mod whole;
mod work;

use std::sync::Arc;

use axum::routing::{delete, get, post, put};
use axum::{Json, Router};
use utoipa::OpenApi;

use self::security::Security;
use crate::desk::Desk;
use crate::guard::guard;
use crate::web;

/// The document.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "驿传 · Yichuan desk",
        description = "公文办理接口，仅限本机 · the office's work, on this computer only",
        version = "1"
    ),
    paths(
        session::state,
        session::sign_in,
        session::unlock,
        session::lock,
        session::touch,
        session::sign_out,
        session::password,
        enrolling::enrol,
        me::me,
        me::state,
        me::all_words,
        work::work,
        directory::directory,
        directory::search,
        directory::people,
        directory::groups,
        directory::set_groups,
        files::upload,
        files::all,
        files::one,
        files::remove,
        files::content,
        files::page,
        drafts::all,
        drafts::add,
        drafts::one,
        drafts::change,
        drafts::remove,
        compose::check,
        compose::close,
        compose::outgoing,
        compose::submit,
        compose::forget,
        compose::number,
        compose::numbers,
        documents::all,
        whole::one,
        whole::history,
        acts::withdraw,
        acts::approve,
        acts::refuse,
        acts::propose,
        acts::seal,
        acts::seal_picture,
        looking::inspection,
        looking::part,
        looking::sealed,
        looking::page,
        looking::differences,
        sending::inquire,
        sending::acknowledge,
        sending::call,
        sending::calls,
        sending::recall,
        sending::supplement,
        sending::decide_supplement,
        sending::resend,
        sending::more_copies,
        sending::decide_extension,
        permitting::list,
        permitting::ask,
        permitting::decide,
        permitting::print,
        permitting::delete,
        permitting::resolve,
        receiving::fetch,
        receiving::inspected,
        receiving::sign,
        receiving::give_back,
        receiving::refuse,
        receiving::answer_recall,
        receiving::ask_extension,
        receiving::register,
        assigning::list,
        assigning::assign,
        meeting::reply,
        meeting::replies,
        meeting::export,
        noting::note,
        evidence::export,
        evidence::verify,
        staff::delegations,
        staff::delegate,
        staff::end_delegation,
        staff::hand_overs,
        staff::give,
        staff::read,
        staff::take,
        given::all,
        given::give,
        given::take,
        duty::duty,
        duty::set,
        own_seals::waiting,
        own_seals::activate,
        own_seals::request,
        own_seals::applications,
        own_seals::apply,
        unit_key::state,
        unit_key::make,
        unit_key::share,
        unit_key::leave,
        unit_key::recover,
        reports::report,
        reports::export,
        reports::circular,
        reports::verify,
        registers::register,
        registers::export,
        oversight::figures,
        oversight::audit,
        roster::units,
        roster::accounts,
        roster::devices,
        roster::seals,
        roster::officers,
        roster::policy,
        roster::changes,
        authority::state,
        authority::acts,
        authority::planning::check,
        authority::planning::sign,
        authority::changing::close_unit,
        authority::changing::split_unit,
        authority::changing::set_account,
        authority::changing::withdraw_device,
        authority::sealing::check,
        authority::sealing::issue,
        authority::sealing::set_seal,
        authority::sealing::replace_seal,
        authority::rules::present,
        authority::rules::set,
        authority::rules::set_time,
        authority::importing::check,
        authority::importing::sign,
        authority::joint::submit,
        authority::joint::sync,
        authority::joint::look,
        authority::joint::cosign,
        authority::joint::take,
        authority::joint::file,
        authority::joint::forget,
        settings::settings,
        settings::change,
        settings::events,
        oa::state,
        oa::issue,
        oa::revoke,
        oa::open,
        oa::close,
        oa::own,
        oa::log,
        oa::history,
        hooks::all,
        hooks::set,
        hooks::remove,
        hooks::key,
        hooks::attempt,
    ),
    modifiers(&Security),
    components(schemas(crate::problem::ProblemBody))
)]
struct Document;

/// The document, as it is checked in.
pub fn document() -> String {
    let text = Document::openapi().to_pretty_json();
    text.expect("the document has only text and numbers in it") + "\n"
}

async fn openapi() -> Json<utoipa::openapi::OpenApi> {
    Json(Document::openapi())
}

fn person() -> Router<Arc<Desk>> {
    Router::new()
        .route(
            "/session",
            get(session::state)
                .post(session::sign_in)
                .delete(session::sign_out),
        )
        .route("/session/unlock", post(session::unlock))
        .route("/session/lock", post(session::lock))
        .route("/session/touch", post(session::touch))
        .route("/session/password", post(session::password))
        .route("/enrol", post(enrolling::enrol))
        .route("/me", get(me::me))
        .route("/state", get(me::state))
        .route("/words", get(me::all_words))
        .route("/work", get(work::work))
        .route("/directory", get(directory::directory))
        .route("/directory/search", get(directory::search))
        .route("/directory/units/{code}/people", get(directory::people))
        .route(
            "/directory/groups",
            get(directory::groups).put(directory::set_groups),
        )
        .route("/settings", get(settings::settings).put(settings::change))
        .route("/events", get(settings::events))
        .route("/openapi.json", get(openapi))
}

fn entering() -> Router<Arc<Desk>> {
    Router::new()
        .route("/files", get(files::all).post(files::upload))
        .route("/files/{file}", get(files::one).delete(files::remove))
        .route("/files/{file}/content", get(files::content))
        .route("/files/{file}/pages/{page}", get(files::page))
        .route("/drafts", get(drafts::all).post(drafts::add))
        .route(
            "/drafts/{id}",
            get(drafts::one)
                .merge(put(drafts::change))
                .merge(delete(drafts::remove)),
        )
        .route("/compose/check", post(compose::check))
        .route("/compose", post(compose::close))
        .route("/outgoing", get(compose::outgoing))
        .route("/outgoing/{id}/submit", post(compose::submit))
        .route("/outgoing/{id}", delete(compose::forget))
        .route("/numbers", get(compose::numbers).post(compose::number))
        .route("/seals/{seal}/picture", get(acts::seal_picture))
}

fn documents() -> Router<Arc<Desk>> {
    Router::new()
        .route("/", get(documents::all))
        .route("/{id}", get(whole::one))
        .route("/{id}/history", get(whole::history))
        .route("/{id}/withdraw", post(acts::withdraw))
        .route("/{id}/approve", post(acts::approve))
        .route("/{id}/refuse", post(acts::refuse))
        .route("/{id}/seal/proposal", post(acts::propose))
        .route("/{id}/seal", post(acts::seal))
        .route("/{id}/inspection", get(looking::inspection))
        .route("/{id}/parts/{index}", get(looking::part))
        .route("/{id}/sealed/{index}", get(looking::sealed))
        .route("/{id}/pages/{page}", get(looking::page))
        .route("/{id}/differences", get(looking::differences))
        .route("/{id}/inquire", post(sending::inquire))
        .route("/{id}/acknowledge", post(sending::acknowledge))
        .route("/{id}/contacts", get(sending::calls).post(sending::call))
        .route("/{id}/recall", post(sending::recall))
        .route("/{id}/supplement", post(sending::supplement))
        .route("/{id}/supplement/decide", post(sending::decide_supplement))
        .route("/{id}/resend", post(sending::resend))
        .route("/{id}/more-copies", post(sending::more_copies))
        .route("/{id}/extension/decide", post(sending::decide_extension))
        .route("/{id}/fetch", post(receiving::fetch))
        .route("/{id}/received", get(receiving::inspected))
        .route("/{id}/sign", post(receiving::sign))
        .route("/{id}/return", post(receiving::give_back))
        .route("/{id}/refuse-delivery", post(receiving::refuse))
        .route("/{id}/recall-answer", post(receiving::answer_recall))
        .route("/{id}/extension", post(receiving::ask_extension))
        .route("/{id}/register", post(receiving::register))
        .route("/{id}/assignments", get(assigning::list))
        .route("/{id}/assign", post(assigning::assign))
        .route("/{id}/reply", post(meeting::reply))
        .route("/{id}/replies", get(meeting::replies))
        .route("/{id}/replies/export", get(meeting::export))
        .route("/{id}/evidence", post(evidence::export))
        .route("/{id}/notes", post(noting::note))
        .route("/{id}/permissions", post(permitting::ask))
}

fn staff() -> Router<Arc<Desk>> {
    Router::new()
        .route(
            "/delegations",
            get(staff::delegations).post(staff::delegate),
        )
        .route("/delegations/end", post(staff::end_delegation))
        .route("/hand-overs", get(staff::hand_overs).post(staff::give))
        .route("/hand-overs/{list}", get(staff::read))
        .route("/hand-overs/{list}/take", post(staff::take))
        .route("/given-drafts", get(given::all).post(given::give))
        .route("/given-drafts/{number}/take", post(given::take))
        .route("/own-seals", get(own_seals::waiting))
        .route("/own-seals/request", post(own_seals::request))
        .route("/own-seals/{seal}/activate", post(own_seals::activate))
        .route(
            "/applications",
            get(own_seals::applications).post(own_seals::apply),
        )
        .route("/unit-key", get(unit_key::state).post(unit_key::make))
        .route("/unit-key/share", post(unit_key::share))
        .route("/unit-key/leave", post(unit_key::leave))
        .route("/unit-key/recover", post(unit_key::recover))
        .route("/reports/{table}", get(reports::report))
        .route("/reports/{table}/export", get(reports::export))
        .route("/circular", get(reports::circular))
        .route("/figures/verify", post(reports::verify))
        .route("/evidence/verify", post(evidence::verify))
        .route("/duty", get(duty::duty).put(duty::set))
}

fn printing() -> Router<Arc<Desk>> {
    Router::new()
        .route("/permissions", get(permitting::list))
        .route("/permissions/{index}/decide", post(permitting::decide))
        .route("/permissions/{index}/print", post(permitting::print))
        .route("/permissions/{index}/delete", post(permitting::delete))
        .route("/copies/resolve", post(permitting::resolve))
}

fn oversight() -> Router<Arc<Desk>> {
    Router::new()
        .route("/registers/{direction}", get(registers::register))
        .route("/registers/{direction}/export", get(registers::export))
        .route("/figures", get(oversight::figures))
        .route("/audit", get(oversight::audit))
        .route("/roster/units", get(roster::units))
        .route("/roster/accounts", get(roster::accounts))
        .route("/roster/devices", get(roster::devices))
        .route("/roster/seals", get(roster::seals))
        .route("/roster/officers", get(roster::officers))
        .route("/roster/policy", get(roster::policy))
        .route("/roster/history", get(roster::changes))
}

fn authority() -> Router<Arc<Desk>> {
    Router::new()
        .route("/", get(authority::state))
        .route("/acts", get(authority::acts))
        .route("/acts/{file}", get(authority::joint::file))
        .route("/pending/{file}", delete(authority::joint::forget))
        .route("/plan", post(authority::planning::sign))
        .route("/plan/check", post(authority::planning::check))
        .route("/units/{code}/close", post(authority::changing::close_unit))
        .route("/units/{code}/split", post(authority::changing::split_unit))
        .route(
            "/accounts/{id}/status",
            post(authority::changing::set_account),
        )
        .route(
            "/devices/{id}/withdraw",
            post(authority::changing::withdraw_device),
        )
        .route("/seals", post(authority::sealing::issue))
        .route("/seals/check", post(authority::sealing::check))
        .route("/seals/{id}/status", post(authority::sealing::set_seal))
        .route(
            "/seals/{id}/replace",
            post(authority::sealing::replace_seal),
        )
        .route(
            "/policy",
            get(authority::rules::present).post(authority::rules::set),
        )
        .route("/time", post(authority::rules::set_time))
        .route("/import", post(authority::importing::sign))
        .route("/import/check", post(authority::importing::check))
        .route("/submit", post(authority::joint::submit))
        .route("/sync", post(authority::joint::sync))
        .route("/look", post(authority::joint::look))
        .route("/cosign", post(authority::joint::cosign))
        .route("/take", post(authority::joint::take))
}

fn oa_systems() -> Router<Arc<Desk>> {
    Router::new()
        .route("/", get(oa::state))
        .route("/self", get(oa::own))
        .route("/tokens", post(oa::issue))
        .route("/tokens/{id}", delete(oa::revoke))
        .route("/open", post(oa::open))
        .route("/close", post(oa::close))
        .route("/log", get(oa::log))
        .route("/history", get(oa::history))
        .route("/hooks", get(hooks::all))
        .route(
            "/hooks/{name}",
            put(hooks::set).merge(delete(hooks::remove)),
        )
        .route("/hooks/{name}/key", post(hooks::key))
        .route("/hooks/{name}/try", post(hooks::attempt))
}

/// Everything that the desk answers.
pub fn router(desk: &Arc<Desk>) -> Router {
    let api = person()
        .merge(entering())
        .nest("/documents", documents())
        .nest("/oa", oa_systems())
        .nest("/authority", authority())
        .merge(oversight())
        .merge(staff())
        .merge(printing());
    Router::new()
        .nest("/api/v1", api)
        .fallback(web::pages)
        .layer(axum::middleware::from_fn_with_state(
            Arc::clone(desk),
            guard,
        ))
        .with_state(Arc::clone(desk))
}
