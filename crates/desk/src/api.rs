//! The REST interface: every route, and the document that describes it (`OpenAPI` 3.1).

mod acts;
mod compose;
mod directory;
mod documents;
mod drafts;
mod files;
mod looking;
mod me;
mod oversight;
mod reading;
mod receiving;
mod registers;
mod sending;
mod session;
mod settings;
mod whole;
mod work;

use std::sync::Arc;

use axum::routing::{delete, get, post, put};
use axum::{Json, Router};
use utoipa::OpenApi;

use crate::desk::Desk;
use crate::guard::guard;
use crate::{web, words};

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
        receiving::fetch,
        receiving::inspected,
        receiving::sign,
        receiving::give_back,
        receiving::refuse,
        receiving::answer_recall,
        receiving::ask_extension,
        receiving::register,
        receiving::note,
        registers::register,
        registers::export,
        oversight::figures,
        oversight::audit,
        oversight::units,
        oversight::accounts,
        oversight::devices,
        oversight::seals,
        oversight::officers,
        oversight::policy,
        oversight::changes,
        settings::settings,
        settings::change,
        settings::events,
    ),
    components(schemas(crate::problem::ProblemBody)),
    modifiers(&Named)
)]
struct Document;

/// Names each operation by its method and path: the names of functions come up more than once.
struct Named;

impl utoipa::Modify for Named {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        for (path, item) in &mut document.paths.paths {
            let operations = [
                ("get", &mut item.get),
                ("put", &mut item.put),
                ("post", &mut item.post),
                ("delete", &mut item.delete),
            ];
            for (method, operation) in operations {
                if let Some(operation) = operation {
                    let path = path.trim_start_matches("/api/v1");
                    operation.operation_id = Some(words::slug(&format!("{method} {path}")));
                }
            }
        }
    }
}

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
        .route("/{id}/notes", post(receiving::note))
}

fn oversight() -> Router<Arc<Desk>> {
    Router::new()
        .route("/registers/{direction}", get(registers::register))
        .route("/registers/{direction}/export", get(registers::export))
        .route("/figures", get(oversight::figures))
        .route("/audit", get(oversight::audit))
        .route("/roster/units", get(oversight::units))
        .route("/roster/accounts", get(oversight::accounts))
        .route("/roster/devices", get(oversight::devices))
        .route("/roster/seals", get(oversight::seals))
        .route("/roster/officers", get(oversight::officers))
        .route("/roster/policy", get(oversight::policy))
        .route("/roster/history", get(oversight::changes))
}

/// Everything that the desk answers.
pub fn router(desk: &Arc<Desk>) -> Router {
    let api = person()
        .merge(entering())
        .nest("/documents", documents())
        .merge(oversight());
    Router::new()
        .nest("/api/v1", api)
        .fallback(web::pages)
        .layer(axum::middleware::from_fn_with_state(
            Arc::clone(desk),
            guard,
        ))
        .with_state(Arc::clone(desk))
}
