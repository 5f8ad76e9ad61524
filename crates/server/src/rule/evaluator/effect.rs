//! What follows from the log, and how it is carried out.

use super::{Evaluator, State};
use tracely_core::id::OrganizationId;
use tracely_core::incident::Incident;
use tracely_core::rule::engine::Transition;
use tracely_store::consumer::{self, Consumer};
use tracely_store::incident::{self, Names, Openings};
use tracely_store::{StoreError, Tx};

/// What follows from an entry of the log.
#[derive(Debug)]
pub(super) struct Effect {
    pub(super) organization_id: OrganizationId,
    /// The entry.
    pub(super) position: u64,
    /// How many effects of the entry come before this one.
    pub(super) index: u64,
    pub(super) what: What,
}

#[derive(Debug)]
pub(super) enum What {
    Transition(Transition),
    Park { error: String },
}

impl Evaluator {
    /// Carries effects out and moves the position, in one transaction.
    pub(super) async fn commit(&self, state: &mut State, effects: &[Effect]) -> Result<(), StoreError> {
        match self.commit_with(state, effects, Openings::Believed).await {
            // A person has opened an incident again, and the log says so after the point.
            Err(StoreError::Taken { .. }) => self.commit_with(state, effects, Openings::LookedUp).await,
            done => done,
        }
    }

    async fn commit_with(
        &self,
        state: &mut State,
        effects: &[Effect],
        openings: Openings,
    ) -> Result<(), StoreError> {
        let tx = self.store.begin().await?;
        let mut opened = Vec::new();
        for of_one in effects.chunk_by(|one, next| one.organization_id == next.organization_id) {
            opened.extend(self.carry_out(&tx, of_one, openings).await?);
        }
        let reached = state.reached();
        consumer::advance(&tx, Consumer::Evaluator, state.committed, reached).await?;
        tx.commit().await?;
        for incident in opened {
            let (id, rule) = (incident.id, incident.identity.rule_id);
            tracing::info!(incident.id = %id, rule.id = %rule, "INC-{} opened", incident.number);
        }
        state.committed = reached;
        Ok(())
    }

    /// Carries out effects of one organization, in their order, and returns the incidents that open.
    async fn carry_out(
        &self,
        tx: &Tx,
        effects: &[Effect],
        openings: Openings,
    ) -> Result<Vec<Incident>, StoreError> {
        let Some(first) = effects.first() else { return Ok(Vec::new()) };
        let mut transitions = Vec::with_capacity(effects.len());
        for Effect { organization_id, position, what, .. } in effects {
            match what {
                What::Transition(transition) => transitions.push(transition),
                What::Park { error } => {
                    tracing::error!(position, error, "entry of the log parked");
                    consumer::park(tx, Consumer::Evaluator, *organization_id, *position, error).await?;
                }
            }
        }
        let catalog = self.app.registry().catalog(&self.store, first.organization_id).await?;
        let names = Names { services: &catalog.names, metric_types: &catalog.metric_types };
        incident::carry_out(tx, first.organization_id, &transitions, names, openings).await
    }
}
