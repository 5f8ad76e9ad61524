//! How identifiers and instants are described in the OpenAPI document.

use crate::id::{
    CommentId, DepartmentId, IncidentId, NotificationId, OrganizationId, RuleId, SavedViewId, ServiceId,
    TimelineEventId,
};
use crate::time::Timestamp;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

macro_rules! texts {
    ($($name:ident = $format:expr),+ $(,)?) => {$(
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .format(Some(SchemaFormat::KnownFormat($format)))
                    .into()
            }
        }

        impl ToSchema for $name {}
    )+};
}

texts! {
    CommentId = KnownFormat::Uuid,
    DepartmentId = KnownFormat::Uuid,
    IncidentId = KnownFormat::Uuid,
    NotificationId = KnownFormat::Uuid,
    OrganizationId = KnownFormat::Uuid,
    RuleId = KnownFormat::Uuid,
    SavedViewId = KnownFormat::Uuid,
    ServiceId = KnownFormat::Uuid,
    TimelineEventId = KnownFormat::Uuid,
    Timestamp = KnownFormat::DateTime,
}
