//! Organizations: the tenants.

use tracely_core::id::OrganizationId;
use uuid::Uuid;

/// The organization that every installation starts with.
pub const DEFAULT: OrganizationId = OrganizationId(Uuid::from_u128(1));
/// Its name.
pub const DEFAULT_NAME: &str = "default";
