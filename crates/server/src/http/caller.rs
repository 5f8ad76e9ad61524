//! Who calls. Every handler that touches data takes a [`Caller`], so none can forget whose data it is.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use std::convert::Infallible;
use tracely_core::id::OrganizationId;
use tracely_core::incident::Actor;
use tracely_store::organization;

/// The person or program behind a request, and the organization they act in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The organization; part of every query.
    pub organization_id: OrganizationId,
    /// The organization's name.
    pub organization: &'static str,
    /// The name they are shown by.
    pub name: String,
}

impl Caller {
    /// Returns the caller as who acts.
    pub fn actor(&self) -> Actor {
        Actor::Person { name: self.name.clone() }
    }
}

/// Without sign-in everybody is the operator of the default organization; the guard lets in local requests only.
impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(_parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self {
            organization_id: organization::DEFAULT,
            organization: organization::DEFAULT_NAME,
            name: "operator".into(),
        })
    }
}
