//! Pedersen's distributed key generation (§4.6): any `threshold` of several trustees can open.
//!
//! We write the 3.3.0 form: certificates carry their context, and every trustee signs all
//! certificates together with the commitments of its polynomial. The 2.0 form without both is read,
//! never written. Outside the archive a round of commitments goes before the polynomials are shown
//! ([`Polynomial::commitment`]), so that nobody chooses a share after seeing the others'.

mod member;
mod published;

use serde::{Deserialize, Serialize};

use super::PublicKey;
use super::pki::{Signed, is_signed_by};
use crate::group::{Group, Scalar};
use crate::hash::Hash;
use crate::json::{self, Element};
use crate::proof::Proof;

pub use member::Member;

/// More trustees than any board has; protects a verifier against absurd work.
const MOST_TRUSTEES: usize = 100;

/// `context` of §4.6.2: whose certificate, in which group of trustees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ceremony {
    /// The name of the group.
    pub group: String,
    /// How many trustees.
    pub size: u32,
    /// How many of them open the result.
    pub threshold: u32,
    /// Whose certificate, from 1.
    pub index: u32,
}

/// `cert_keys` of §4.6.2.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
struct CertKeys<G: Group> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    context: Option<Ceremony>,
    verification: Element<G>,
    encryption: Element<G>,
}

/// `raw_coefexps` of §4.6.4.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
struct CoefExps<G: Group> {
    coefexps: Vec<Element<G>>,
}

/// `certs` of §4.6.4, what each trustee signs.
#[derive(Serialize)]
#[serde(bound = "")]
struct Certs<'a, G: Group> {
    certs: &'a [Signed<G>],
    coefexps: &'a [Element<G>],
}

fn certs_message<G: Group>(certs: &[Signed<G>], coefexps: &[Element<G>]) -> String {
    format!("certs_sig|{}", json::text(&Certs { certs, coefexps }))
}

/// `polynomial` of §4.6.4: step 3 of a trustee.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct Polynomial<G: Group> {
    /// The coefficients, sealed for their owner.
    pub polynomial: String,
    /// A share for each trustee, sealed.
    pub secrets: Vec<String>,
    /// g to the power of each coefficient, signed.
    pub coefexps: Signed<G>,
    /// Over all certificates and the above.
    pub signature: Proof<G>,
}

impl<G: Group> Polynomial<G> {
    /// What a trustee publishes before its polynomial: nobody can choose theirs after seeing it.
    pub fn commitment(&self) -> Hash {
        Hash::of(&json::write(self))
    }
}

/// `vinput` of §4.6.5: what the server hands to one trustee in step 5.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct VInput<G: Group> {
    /// The trustee's own coefficients.
    pub polynomial: String,
    /// The shares for this trustee.
    pub secrets: Vec<String>,
    /// All signed coefficients.
    pub coefexps: Vec<Signed<G>>,
    /// All signatures.
    pub signatures: Vec<Proof<G>>,
}

/// `voutput` of §4.6.6.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct VOutput<G: Group> {
    /// The trustee's share of the key, sealed for itself.
    pub private_key: String,
    /// Its public side.
    pub public_key: PublicKey<G>,
}

/// `threshold_parameters` of §4.6.7.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct ThresholdParameters<G: Group> {
    /// How many shares open the result.
    pub threshold: u32,
    /// Γ.
    pub certs: Vec<Signed<G>>,
    /// Each trustee's signed commitments.
    pub coefexps: Vec<Signed<G>>,
    /// Each trustee's signature over Γ and its commitments; absent in the form of 2.0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signatures: Option<Vec<Proof<G>>>,
    /// The keys that partial decryptions are checked with.
    pub verification_keys: Vec<PublicKey<G>>,
}

/// Reads Γ and checks it: each certificate is signed by its own key and names its place.
fn read_certs<G: Group>(certs: &[Signed<G>], threshold: u32) -> Option<Vec<CertKeys<G>>> {
    if certs.is_empty() || certs.len() > MOST_TRUSTEES {
        return None;
    }
    certs
        .iter()
        .zip(1_u32..)
        .map(|(cert, index)| {
            let keys: CertKeys<G> = json::exact(cert.message.as_bytes())?;
            let named = keys.context.as_ref().is_none_or(|context| {
                context.group == G::NAME
                    && usize::try_from(context.size).is_ok_and(|size| size == certs.len())
                    && context.threshold == threshold
                    && context.index == index
            });
            let signed = cert.is_by(keys.verification.point());
            (named && signed && G::is_member(keys.encryption.point())).then_some(keys)
        })
        .collect()
}

fn number<G: Group>(n: usize) -> G::Scalar {
    G::Scalar::from_u64(u64::try_from(n).unwrap_or(u64::MAX))
}

/// Π `A_k^(j^k)`: g to the power of the polynomial's value at j.
fn value_at<G: Group>(coefexps: &[Element<G>], j: usize) -> G::Point {
    let j = number::<G>(j);
    let mut power = G::Scalar::from_u64(1);
    let factors: Vec<_> = coefexps
        .iter()
        .map(|a| {
            let factor = (a.point(), power.clone());
            power = power.times(&j);
            factor
        })
        .collect();
    G::product(&factors)
}

/// Checks the commitments: signed by their owners, of the right degree, all members.
fn read_coefexps<G: Group>(
    certs: &[Signed<G>],
    keys: &[CertKeys<G>],
    coefexps: &[Signed<G>],
    signatures: Option<&[Proof<G>]>,
    threshold: usize,
) -> Option<Vec<Vec<Element<G>>>> {
    if coefexps.len() != keys.len() || signatures.is_some_and(|s| s.len() != keys.len()) {
        return None;
    }
    coefexps
        .iter()
        .zip(keys)
        .enumerate()
        .map(|(place, (signed, keys))| {
            let CoefExps { coefexps } = json::exact::<CoefExps<G>>(signed.message.as_bytes())?;
            let owner = keys.verification.point();
            let all = signatures.is_none_or(|signatures| {
                signatures.get(place).is_some_and(|signature| {
                    is_signed_by(&certs_message(certs, &coefexps), signature, owner)
                })
            });
            let sound = signed.is_by(owner)
                && all
                && coefexps.len() == threshold
                && coefexps.iter().all(|a| G::is_member(a.point()));
            sound.then_some(coefexps)
        })
        .collect()
}
