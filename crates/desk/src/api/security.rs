//! Who may ask an operation, and what a refusal looks like, told in the document of every one.

use utoipa::Modify;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{Content, Ref, ResponseBuilder};

use crate::words;

/// What is said of every operation: whom it is for, somebody at a seat or OA systems with a token,
/// and what a refusal looks like.
pub(super) struct Security;

/// What strangers may ask.
const OPEN: [&str; 5] = [
    "/api/v1/session",
    "/api/v1/session/unlock",
    "/api/v1/session/password",
    "/api/v1/words",
    "/api/v1/openapi.json",
];

impl Modify for Security {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let cookie = ApiKey::Cookie(ApiKeyValue::with_description(
            "yichuan-desk-8017",
            "登录后得到，名称以端口结尾 · given at sign-in, named after the port",
        ));
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("yc-oa-…")
            .description(Some(
                "OA 令牌，限于所许可的事项 · an OA system's token, for what it permits",
            ));
        let parts = document.components.get_or_insert_default();
        parts.add_security_scheme("seat", SecurityScheme::ApiKey(cookie));
        parts.add_security_scheme("oa", SecurityScheme::Http(bearer.build()));
        for (path, item) in &mut document.paths.paths {
            let methods = [
                ("GET", &mut item.get),
                ("PUT", &mut item.put),
                ("POST", &mut item.post),
                ("DELETE", &mut item.delete),
            ];
            for (method, operation) in methods {
                let Some(operation) = operation else { continue };
                // The names of functions come up more than once.
                let named = path.trim_start_matches("/api/v1");
                operation.operation_id = Some(words::slug(&format!("{method} {named}")));
                let none: [&str; 0] = [];
                let mut ways = Vec::new();
                if OPEN.contains(&path.as_str()) {
                    ways.push(SecurityRequirement::default());
                } else if path != "/api/v1/oa/self" {
                    ways.push(SecurityRequirement::new("seat", none));
                }
                if crate::oa::is_for_tokens(method, path) {
                    ways.push(SecurityRequirement::new("oa", none));
                }
                operation.security = Some(ways);
                let problem = Content::new(Some(Ref::from_schema_name("Problem")));
                let refusal = ResponseBuilder::new()
                    .description("没有办成 · it was not done")
                    .content("application/problem+json", problem);
                let responses = &mut operation.responses.responses;
                responses.insert("default".to_owned(), refusal.build().into());
            }
        }
    }
}
