//! One certificate: an account with the authority, an order, a proof for each name, the signed chain (RFC 8555 §7).

use std::sync::PoisonError;
use std::time::Duration;

use instant_acme::{
    Account, AccountBuilder, AccountCredentials, AuthorizationStatus, ChallengeType, Error,
    Identifier, NewAccount, NewOrder, Order, OrderStatus, Problem, RetryPolicy,
};
use konvent_core::{Answer, Refusal};
use sha2::{Digest as _, Sha256};

use super::{Acme, NO_CERTIFICATE, words};
use crate::keys;

/// How long the authority may take to look at our door, and to sign.
const PATIENCE: RetryPolicy = RetryPolicy::new()
    .initial_delay(Duration::from_millis(500))
    .backoff(1.5)
    .timeout(Duration::from_mins(3));

/// Gets a certificate for all names: the chain and its key, in PEM.
pub(super) async fn obtain(acme: &Acme) -> Answer<String> {
    let account = account(acme).await?;
    let names: Vec<Identifier> = acme.names.iter().cloned().map(Identifier::Dns).collect();
    let mut order = account.new_order(&NewOrder::new(&names)).await.map_err(|e| refused(&e))?;
    show_answers(acme, &mut order).await?;
    match order.poll_ready(&PATIENCE).await {
        Ok(OrderStatus::Ready | OrderStatus::Valid) => {}
        Ok(_) => {
            let why = why_not(&mut order).await;
            return Err(why.unwrap_or_else(|| NO_CERTIFICATE.because(words::WITHDRAWN)));
        }
        Err(error) => {
            let why = why_not(&mut order).await;
            return Err(why.unwrap_or_else(|| match error {
                Error::Timeout(_) => NO_CERTIFICATE.because(words::TOO_SLOW),
                error => refused(&error),
            }));
        }
    }
    let key = order.finalize().await.map_err(|error| refused(&error))?;
    let chain = order.poll_certificate(&PATIENCE).await.map_err(|error| refused(&error))?;
    Ok(format!("{key}\n{chain}"))
}

/// The account with this authority, made at the first time (RFC 8555 §7.3). Its key is one of the house's secrets.
async fn account(acme: &Acme) -> Answer<Account> {
    let folder = acme.data.join("keys");
    let print = Sha256::digest(acme.settings.directory.as_bytes());
    let print = print.iter().take(6).fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    let file = folder.join(format!("acme-{print:012x}.json"));
    if let Ok(bytes) = std::fs::read(&file) {
        let known: AccountCredentials = serde_json::from_slice(&bytes)
            .map_err(|error| NO_CERTIFICATE.because(format!("{}: {error}", file.display())))?;
        return builder(acme)?.from_credentials(known).await.map_err(|error| refused(&error));
    }
    let contact: Vec<&str> = acme.settings.contact.iter().map(String::as_str).collect();
    let wish = NewAccount {
        contact: &contact,
        terms_of_service_agreed: acme.settings.accept_terms,
        only_return_existing: false,
    };
    let directory = acme.settings.directory.clone();
    let (account, credentials) =
        builder(acme)?.create(&wish, directory, None).await.map_err(|error| refused(&error))?;
    let bytes = serde_json::to_vec(&credentials).map_err(|error| NO_CERTIFICATE.because(error))?;
    std::fs::create_dir_all(&folder).map_err(|error| NO_CERTIFICATE.because(error))?;
    keys::write_secret(&file, &bytes)?;
    Ok(account)
}

fn builder(acme: &Acme) -> Answer<AccountBuilder> {
    let builder = match &acme.settings.roots {
        Some(file) => Account::builder_with_root(file),
        None => Account::builder(),
    };
    builder.map_err(|error| refused(&error))
}

/// Puts the answers where the authority finds them, and says for each name that it may look (RFC 8555 §7.5.1, §8.3).
async fn show_answers(acme: &Acme, order: &mut Order) -> Answer<()> {
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization.map_err(|error| refused(&error))?;
        match authorization.status {
            AuthorizationStatus::Valid => continue, // shown not long ago
            AuthorizationStatus::Pending => {}
            _ => return Err(NO_CERTIFICATE.because(words::WITHDRAWN)),
        }
        let challenge = authorization.challenge(ChallengeType::Http01);
        let mut challenge = challenge.ok_or_else(|| NO_CERTIFICATE.because(words::NO_HTTP))?;
        let (token, answer) =
            (challenge.token.clone(), challenge.key_authorization().as_str().to_owned());
        acme.answers.lock().unwrap_or_else(PoisonError::into_inner).insert(token, answer);
        challenge.set_ready().await.map_err(|error| refused(&error))?;
    }
    Ok(())
}

/// What the authority says of the names that it could not find to be ours.
async fn why_not(order: &mut Order) -> Option<Refusal> {
    let mut troubles = Vec::new();
    let mut authorizations = order.authorizations();
    while let Some(Ok(mut authorization)) = authorizations.next().await {
        let name = authorization.identifier().to_string();
        let Ok(state) = authorization.refresh().await else { continue };
        for problem in state.challenges.iter().filter_map(|challenge| challenge.error.as_ref()) {
            troubles.push(words::of_name(&name, kind(problem), problem.detail.as_deref()));
        }
    }
    (!troubles.is_empty()).then(|| NO_CERTIFICATE.because(troubles.join(" ")))
}

fn kind(problem: &Problem) -> &str {
    let kind = problem.r#type.as_deref().unwrap_or_default();
    kind.strip_prefix("urn:ietf:params:acme:error:").unwrap_or(kind)
}

fn refused(error: &Error) -> Refusal {
    NO_CERTIFICATE.because(match error {
        Error::Api(problem) => words::of_order(kind(problem), &problem.to_string()),
        other => words::unreachable(&chain(other)),
    })
}

/// An error with everything beneath it.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}
