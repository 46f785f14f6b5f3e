use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use fedtrace::{TraceFutureExt as _, build_span, set_tag, tags};

pub(crate) async fn trace_request(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let route = request.match_pattern();
    let span = build_span(route.unwrap_or_else(|| "unknown route".to_owned()))
        .tag(tags::SPAN_KIND, tags::SPAN_KIND_SERVER)
        .tag(tags::HTTP_METHOD, request.method().to_string())
        .start();
    let answer = async {
        let answer = next.call(request).await;
        let status = match &answer {
            Ok(answer) => answer.status(),
            Err(error) => error.as_response_error().status_code(),
        };
        set_tag(tags::HTTP_STATUS_CODE, status.as_u16());
        if status.is_server_error() {
            set_tag(tags::ERROR, true);
        }
        answer
    };
    answer.in_span(span).await
}
