//! What stands in a path, refused in the API's own words when it cannot be read.

use axum::extract::FromRequestParts;
use http::StatusCode;
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::api::error::ApiError;

/// The parameters of a path: [`axum::extract::Path`], but for how it refuses.
pub(crate) struct Path<T>(pub(crate) T);

impl<T, S> FromRequestParts<S> for Path<T>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(parameters)) => Ok(Self(parameters)),
            Err(_) => Err(ApiError::new(
                StatusCode::BAD_REQUEST,
                "Path validation error: 'not valid UTF-8'.",
                Some("invalid_uri"),
            )),
        }
    }
}
